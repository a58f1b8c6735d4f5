// Node: nothing but the address changes.
const reply = await fetch(process.argv[2] + "/");

if (reply.ok) {
  process.stdout.write(await reply.text());
} else {
  // 502 from the local proxy: the server has not proven itself, nothing was sent to it.
  console.error(reply.status, reply.headers.get("proxy-status") ?? "");
  process.exitCode = 1;
}
