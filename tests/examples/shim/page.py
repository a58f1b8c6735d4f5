# Python: nothing but the address changes.
import sys
import urllib.error
import urllib.request

try:
    with urllib.request.urlopen(sys.argv[1] + "/") as reply:
        print(reply.read().decode(), end="")
except urllib.error.HTTPError as refusal:
    # 502 from the local proxy: the server has not proven itself, nothing was sent to it.
    sys.exit(f"{refusal.code} {refusal.headers.get('Proxy-Status', '')}")
