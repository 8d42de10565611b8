# response-group.md §3, noAgents: none configured, or beyond Lync none signed in.

config groups/empty serial
config agents/alice presence=http
config groups/formal serial alice policy=formal
config queues/nobody groups=empty
config queues/later groups=formal
config queues/signed groups=formal noAgents=noneSignedIn:queue:nobody
call c1 to nobody
----
c1 enters nobody
c1 leaves nobody: noAgents after 0s
reject c1 noAgents
c1 over: noAgents

call c2 to later
----
c2 enters later
c2 waiting in later

call c3 to signed
----
c3 enters signed
c3 leaves signed: noAgents after 0s
c3 enters nobody
c3 leaves nobody: noAgents after 0s
reject c3 noAgents
c3 over: noAgents

sign-in alice formal
call c4 to signed
----
alice signed in to formal
c4 enters signed
c4 waiting in signed

call c6 to signed
sign-out alice formal
----
c6 enters signed
c6 waiting in signed
alice signed out of formal
c4 leaves signed: noAgents after 0s
c4 enters nobody
c4 leaves nobody: noAgents after 0s
reject c4 noAgents
c4 over: noAgents
c6 leaves signed: noAgents after 0s
c6 enters nobody
c6 leaves nobody: noAgents after 0s
reject c6 noAgents
c6 over: noAgents

config agents/bob homed=online
config groups/elsewhere serial bob
config queues/elsewhere groups=elsewhere
reload ; call c5 to elsewhere
----
reject c2 unconfigured
c2 leaves later: failed after 0s
c2 over: unconfigured
c5 enters elsewhere
c5 leaves elsewhere: noAgents after 0s
reject c5 noAgents
c5 over: noAgents
