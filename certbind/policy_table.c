#include "certbind/policy.h"

/* Shorthands: path, bounds and meaning. Nothing has a default here: an absent key is no demand. */
#define OBJECT(path, meaning)                                                                      \
    {                                                                                              \
        path, CERTBIND_SHAPE_OBJECT, NULL, false, 0, 0, NULL, meaning                              \
    }
#define LIST(path, max, meaning)                                                                   \
    {                                                                                              \
        path, CERTBIND_SHAPE_ARRAY, NULL, false, 0, max, NULL, meaning                             \
    }
#define TEXT(path, max, meaning)                                                                   \
    {                                                                                              \
        path, CERTBIND_SHAPE_STRING, NULL, false, 1, max, NULL, meaning                            \
    }
/* A list whose absence accepts everything. Empty, it would say one thing and do the other. */
#define ANY_OF(path, max, meaning)                                                                 \
    {                                                                                              \
        path, CERTBIND_SHAPE_ARRAY, NULL, false, 1, max, NULL, meaning                             \
    }
#define HEX(path, len, meaning)                                                                    \
    {                                                                                              \
        path, CERTBIND_SHAPE_HEX, NULL, false, len, len, NULL, meaning                             \
    }
#define CHOICE(path, choices, meaning)                                                             \
    {                                                                                              \
        path, CERTBIND_SHAPE_ENUM, NULL, false, 0, 0, choices, meaning                             \
    }
#define NUMBER(path, min, max, meaning)                                                            \
    {                                                                                              \
        path, CERTBIND_SHAPE_INTEGER, NULL, false, min, max, NULL, meaning                         \
    }
#define SWITCH(path, meaning)                                                                      \
    {                                                                                              \
        path, CERTBIND_SHAPE_BOOLEAN, NULL, false, 0, 0, NULL, meaning                             \
    }

const struct certbind_shape certbind_policy_table[] = {
    OBJECT("", "What a server must prove before a byte is sent to it."),
    TEXT("root_file", 4096,
         "PEM or DER file of the one trusted root of quotes, in place of Intel's. Results under "
         "another root are marked as simulated."),

    OBJECT("tcb", "How current the platform must be."),
    LIST("tcb.accept", 8, "Accepted TCB statuses; default: UpToDate alone. Revoked never is."),
    CHOICE("tcb.accept[]",
           "UpToDate|SWHardeningNeeded|ConfigurationNeeded|ConfigurationAndSWHardeningNeeded|"
           "TDRelaunchAdvised|TDRelaunchAdvisedConfigurationNeeded|"
           "OutOfDate|OutOfDateConfigurationNeeded",
           "Intel's name of a status. TDRelaunchAdvised: OutOfDate, but only because the TD was "
           "started before its host was updated; a restart is enough."),
    NUMBER("tcb.min_evaluation_number", 0, 0xffffffffLL,
           "Lowest tcbEvaluationDataNumber of the collateral."),
    LIST("tcb.deny_advisories", 256, "Intel advisories that refuse, whatever the status."),
    TEXT("tcb.deny_advisories[]", 31, "Such as INTEL-SA-00837."),
    NUMBER("tcb.max_collateral_age_days", 1, 3650,
           "How long ago collateral may have been issued; default: 7."),

    OBJECT("td", "What the trust domain may be."),
    SWITCH("td.allow_debug", "Accept a TD that the host can read; default: false."),
    SWITCH("td.allow_perfmon", "Accept performance counters; default: false."),
    SWITCH("td.allow_migratable", "Accept TDs that may move to other machines; default: false."),
    HEX("td.attributes", 8, "The TD attributes, as they stand in the quote."),
    HEX("td.xfam", 8, "XFAM, as it stands in the quote."),
    ANY_OF("td.mr_seam", 64, "Accepted TDX modules; default: any that Intel signed."),
    HEX("td.mr_seam[]", 48, "MRSEAM of a module."),
    HEX("td.min_tee_tcb_svn", 16, "Lowest value of each of the 16 components."),

    LIST("os", 256, "Accepted operating systems. Nothing else means anything before this."),
    OBJECT("os[]", "One system on one shape of machine."),
    TEXT("os[].name", 100, "For reports."),
    HEX("os[].mrtd", 48, "Virtual firmware."),
    HEX("os[].rtmr0", 48, "Virtual hardware."),
    HEX("os[].rtmr1", 48, "Kernel."),
    HEX("os[].rtmr2", 48, "Kernel command line and initrd."),
    HEX("os[].rtmr3", 48, "Run-time events; for `quote verify`."),
    HEX("os[].mr_config_id", 48, "Configuration id; for `quote verify`."),
    HEX("os[].mr_owner", 48, "Owner; for `quote verify`."),
    HEX("os[].mr_owner_config", 48, "Owner's configuration; for `quote verify`."),
    HEX("os[].report_data", 64, "Report data; for `quote verify`."),

    OBJECT("app", "Which app is expected."),
    HEX("app.app_id", 20, "The app id."),
    LIST("app.compose_hashes", 1024, "Accepted compose hashes."),
    HEX("app.compose_hashes[]", 32, "SHA-256 of the bytes of an app-compose file."),
    LIST("app.compose_files", 64, "Files whose SHA-256 is accepted as a compose hash."),
    TEXT("app.compose_files[]", 4096, "Path, relative to the policy file."),
    ANY_OF("app.instance_ids", 1024, "Accepted instances; default: any."),
    HEX("app.instance_ids[]", 20, "An instance id."),

    OBJECT("kms", "Where the app's keys come from."),
    HEX("kms.ca_spki_sha256", 32,
        "SHA-256 of the id in the key-provider event: the key of the KMS root CA."),
    {"kms.k256", CERTBIND_SHAPE_HEX, NULL, false, 20, 33, NULL,
     "Root of signature chains: 33 bytes of a compressed key, or a 20-byte address."},

    {"config", CERTBIND_SHAPE_ARRAY, NULL, false, 0, 1024, "from-compose",
     "Accepted configurations of the gateway; from-compose: the literal in the command of the "
     "accepted compose file's gateway."},
    HEX("config[]", 32, "SHA-256 of the text that `GET config` returns."),
    OBJECT("gateway", "The gateway's own container."),
    ANY_OF(
        "gateway.images", 64,
        "Accepted images of the one service of the measured compose text that can reach the guest "
        "agent."),
    TEXT("gateway.images[]", 512, "An image with its digest."),

    CHOICE("name", "san|webpki|attestation-only",
           "Who vouches for the server name: the certificate's own names (default), a public "
           "authority, or nobody."),
    CHOICE("session", "signature|quote|none",
           "What every connection proves: a signature (default), a quote made for this very "
           "connection, or nothing beyond its certificate."),
    NUMBER("max_evidence_age_s", 1, 86400,
           "Seconds since a nonce was sent that a quote answered: the first connection to a "
           "statement asks for a quote, later ones for signatures; default: any age."),
    ANY_OF("platforms", 1024, "Accepted machines; default: any."),
    HEX("platforms[]", 32, "SHA-256 of a machine's PPID."),
    LIST("accept_unchecked", 6, "Links without a demand that are accepted all the same."),
    CHOICE("accept_unchecked[]", "os|app|kms|compose|config|session", "Name of a link."),
    {0},
};
