# response-group.md §4: after five wrong or silent attempts in all, the call is disconnected.

config groups/support serial alice
config questions/menu prompt=menu invalid=no-such-key noAnswer=press-a-key 1=Support:queue:support
config queues/support groups=support
config workflows/main question=menu
call c1 to main hearing
press c1 5
----
c1 hears menu
c1 hears no-such-key

# The text about the wrong key is not the question, so a key does not count yet.
press c1 1
----
ignored digitPressed: no question is being asked

heard c1 ; heard c1 ; press c1 6
heard c1 ; press c1 7
heard c1 ; press c1 8
----
c1 hears menu
c1 hears no-such-key
c1 hears menu
c1 hears no-such-key
c1 hears menu
c1 hears no-such-key

heard c1
press c1 9
----
c1 hears menu
reject c1 unanswered
c1 over: unanswered
