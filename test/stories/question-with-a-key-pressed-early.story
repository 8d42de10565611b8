# response-group.md §4: one key is an answer. Pressed during the question, it cuts the question off.

config groups/sales serial alice
config groups/support serial bob
config queues/sales groups=sales
config queues/support groups=support
config questions/menu prompt=menu invalid=no-such-key noAnswer=press-a-key 1=Sales:queue:sales 2=Support:queue:support 9=Mail:voicemail:sip:vm@example.com
config workflows/main question=menu welcome=welcome music=jazz
call c1 to main hearing
----
c1 hears welcome

# The welcome is not the question.
press c1 2
----
ignored digitPressed: no question is being asked

heard c1
press c1 2
----
c1 hears menu
c1 answers 2: Support
c1 enters support
c1 waiting in support with jazz
offer o1 c1 -> bob

# The question plays to its end, and then five seconds remain.
call c2 to main hearing ; heard c2 ; heard c2
after 4999ms
press c2 1
----
c2 hears welcome
c2 hears menu
at 4s999ms
c2 answers 1: Sales
c2 enters sales
c2 waiting in sales with jazz
offer o2 c2 -> alice

# Straight to an action: nothing is played any more.
call c3 to main hearing ; heard c3 ; press c3 9
----
c3 hears welcome
c3 hears menu
c3 answers 9: Mail
c3 hears nothing
c3 waiting with jazz
forward c3 voicemail sip:vm@example.com

# A caller who can't hear us can't be asked.
call c4 to main
----
reject c4 unheard
c4 over: unheard
