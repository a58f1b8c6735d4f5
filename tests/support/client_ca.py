"""A gateway that asks clients for certificates, an authority of their own, and clients."""
import base64
import hashlib
import ssl
import subprocess

import devproof_testing as dt
import gateway_testing as gt
from shifted_clock import long_ago

FORGED = {"Client-Cert": ":Zm9yZ2Vk:", "Client-Cert-Chain": ":Zm9yZ2Vk:"}


class ClientCaTestCase(gt.GatewayTestCase):
    def openssl(self, *argv, env=None):
        subprocess.run(["openssl", *argv], check=True, capture_output=True, timeout=60, env=env)

    def certify(self, name, by=None, old=False, ca=False, usage="clientAuth"):
        """A certificate and its key, perhaps expired; by: name of the issuer, None: its own."""
        key, pem = self.path(f"{name}.key"), self.path(f"{name}.pem")
        extensions = self.write(f"{name}.ext", "basicConstraints=critical,CA:" + (
            "TRUE\nkeyUsage=keyCertSign,cRLSign\n" if ca else
            f"FALSE\nkeyUsage=digitalSignature\nextendedKeyUsage={usage}\n"))
        csr = self.path(f"{name}.csr")
        self.openssl("req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
                     "-keyout", key, "-out", csr, "-subj", f"/CN={name}")
        issuer = ["-CA", self.path(f"{by}.pem"), "-CAkey", self.path(f"{by}.key"),
                  "-CAcreateserial"] if by else ["-signkey", key]
        self.openssl("x509", "-req", "-in", csr, "-out", pem, "-days", "2", "-extfile",
                     extensions, *issuer, env=long_ago(self) if old else None)
        return pem

    def setUp(self):
        self.root = self.certify("root", ca=True)
        self.certify("middle", "root", ca=True)
        self.certify("alice", "root")
        self.certify("bob", "middle")
        self.certify("other", ca=True)
        self.certify("mallory", "other")

    def auth(self, demand, **more):
        with open(self.root, "rb") as f:
            digest = hashlib.sha256(f.read()).hexdigest()
        return {"address": "127.0.0.1:0", "client_auth": demand, "client_ca_file": self.root,
                "client_ca_sha256": digest, **more}

    def context(self, name=None, chain=(), alpn=()):
        context = dt.insecure_context(list(alpn))
        if name:
            text = "".join(open(self.path(f"{n}.pem"), encoding="ascii").read()
                           for n in (name, *chain))
            context.load_cert_chain(self.write(f"{name}.chain", text), self.path(f"{name}.key"))
        return context

    def der(self, name):
        with open(self.path(f"{name}.pem"), encoding="ascii") as f:
            return ssl.PEM_cert_to_DER_cert(f.read())

    def field(self, name):
        return f":{base64.b64encode(self.der(name)).decode()}:"

    def seen(self, gateway, context, listener=0, headers=FORGED):
        """The two fields as the app sees them."""
        client = gt.Client(gateway.ports[listener], None, context)
        try:
            reply = client.ask("/echo", headers=dict(headers))
        finally:
            client.close()
        self.assertEqual(200, reply.status)
        return {k.lower(): v for k, v in reply.json()["headers"]
                if k.lower().startswith("client-cert")}

    def assert_refused(self, gateway, context, alert, listener=0):
        """With that alert, or one of them. The server's verdict on the client comes after the client's own part."""
        with self.assertRaises(OSError) as e:
            with dt.tls_connect("127.0.0.1", gateway.ports[listener], None,
                                context=context) as tls:
                tls.sendall(b"GET /echo HTTP/1.1\r\nHost: a\r\n\r\n")
                if tls.recv(1) == b"":
                    self.fail("the connection ended without an alert")
        alerts = (alert,) if isinstance(alert, str) else alert
        self.assertTrue(any(a in str(e.exception).lower() for a in alerts), e.exception)
