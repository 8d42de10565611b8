# response-group.md §4: five seconds of silence after the prompt count as an attempt, like a wrong key, and the question is asked again.

config groups/support serial alice
config queues/support groups=support
config questions/menu prompt=menu noAnswer=press-a-key 1=Support:queue:support
config workflows/main question=menu
call c1 to main hearing
----
c1 hears menu

heard c1
after 5s
----
at 5s
c1 hears press-a-key

heard c1
heard c1
after 5s
----
c1 hears menu
at 10s
c1 hears press-a-key

# A wrong key counts together with the silences. Without a prompt for it, the question follows at once.
heard c1
press c1 5
----
c1 hears menu
c1 hears menu

heard c1 ; after 5s
heard c1 ; heard c1 ; after 5s
----
at 15s
c1 hears press-a-key
c1 hears menu
at 20s
reject c1 unanswered
c1 over: unanswered
