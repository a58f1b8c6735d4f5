/* Event logs as text, for tests: a good one, and pieces to make bad ones. */
#ifndef TESTS_UNIT_CERTBIND_LOG_TEXT_H
#define TESTS_UNIT_CERTBIND_LOG_TEXT_H

#define LOG_EVENT(name, payload)                                                                   \
    "{\"imr\":3,\"event_type\":134217729,\"digest\":\"\",\"event\":\"" name                        \
    "\",\"event_payload\":\"" payload "\"}"

#define HEX20 "5bb4ff9a3837357f19dc176407a5709c62eb6c56"
#define HEX32 "c143116f30f1a2d19fdbe9a6b6de4f5d4e3a0b1c2d3e4f5061728394a5b6c7d8"

/* {"name":"kms","id":"abcd"} */
#define KMS_PROVIDER "7b226e616d65223a226b6d73222c226964223a2261626364227d"

#define EVENT_PREPARING LOG_EVENT("system-preparing", "")
#define EVENT_APP_ID LOG_EVENT("app-id", HEX20)
#define EVENT_COMPOSE LOG_EVENT("compose-hash", HEX32)
#define EVENT_INSTANCE LOG_EVENT("instance-id", "00112233445566778899aabbccddeeff00112233")
#define EVENT_PROVIDER LOG_EVENT("key-provider", KMS_PROVIDER)
#define EVENT_READY LOG_EVENT("system-ready", "")

#define GOOD_EVENTS                                                                                \
    EVENT_PREPARING "," EVENT_APP_ID "," EVENT_COMPOSE "," EVENT_INSTANCE "," EVENT_PROVIDER       \
                    "," EVENT_READY
#define GOOD_LOG "[" GOOD_EVENTS "]"

#endif
