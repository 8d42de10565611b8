# response-group.md §3: the action's prompt is played first. While it plays, the call is in no queue, and no phone rings for it.

config groups/support serial alice
config queues/support groups=support overflow=1:oldest:all-lines-are-busy>voicemail:sip:vm@example.com
config workflows/support queue=support music=jazz
call c1 to support hearing
call c2 to support hearing
----
c1 enters support
offer o1 c1 -> alice
c2 enters support
c2 waiting in support with jazz

call c3 to support hearing
----
c3 enters support
c3 waiting in support with jazz
c2 leaves support: overflowed after 0s
c2 hears all-lines-are-busy

# The free agent is for waiting callers, not for the one who hears the prompt.
refuse o1 486
----
o1 declined 486
offer o2 c3 -> alice
c1 leaves support: overflowed after 0s
c1 hears all-lines-are-busy

heard c2
----
c2 waiting with jazz
forward c2 voicemail sip:vm@example.com

# A caller who can't hear us goes there at once.
call c4 to support
----
c4 enters support
c4 waiting in support
withdraw o2 withdrawn
c3 leaves support: overflowed after 0s
c3 hears all-lines-are-busy
offer o3 c4 -> alice
