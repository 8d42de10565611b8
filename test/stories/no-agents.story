# response-group.md §3, noAgents: none configured, or beyond Lync none signed in.

config groups/empty serial
config agents/alice presence=http
config groups/formal serial alice policy=formal
config queues/nobody groups=empty
config queues/later groups=formal
config queues/signed groups=formal noAgents=noneSignedIn:queue:nobody
call c1 to nobody

call c2 to later

call c3 to signed

sign-in alice formal
call c4 to signed
