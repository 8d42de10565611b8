# The caller sends no sound: they are hung up. This outcome is not an abandoned call.

config groups/support serial alice
config queues/support groups=support
config workflows/support queue=support welcome=welcome music=jazz
presence alice busy
call c1 to support hearing
heard c1
no-media c1
----
c1 hears welcome
c1 enters support
c1 waiting in support with jazz
c1 leaves support: failed after 0s
c1 over: noMedia

# If a phone rings, or is being joined, the agent becomes free again.
presence alice available
call c2 to support hearing
heard c2
no-media c2
call c3 to support hearing
heard c3
accept o2
no-media c3
----
c2 hears welcome
c2 enters support
c2 waiting in support with jazz
offer o1 c2 -> alice
withdraw o1 withdrawn
c2 leaves support: failed after 0s
c2 over: noMedia
c3 hears welcome
c3 enters support
c3 waiting in support with jazz
offer o2 c3 -> alice
connect c3 o2
withdraw o2 withdrawn
c3 leaves support: failed after 0s
c3 over: noMedia

# Once they talk, our own media are closed. A late report of them only ends the talk.
call c4 to support hearing
heard c4
accept o3 ; join c4 ; no-media c4
----
c4 hears welcome
c4 enters support
c4 waiting in support with jazz
offer o3 c4 -> alice
connect c4 o3
c4 leaves support: answered after 0s
c4 talks to alice
c4 over: answered
