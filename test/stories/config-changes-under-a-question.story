# A new config while callers hear the welcome, a question or an action: they continue if their workflow still asks the same, and otherwise start over.

config groups/support serial alice
config queues/support groups=support
config questions/second prompt=second 1=Yes:queue:support
config questions/menu prompt=menu 1=More:question:second
config workflows/main question=menu welcome=welcome
config workflows/gone question=menu
call c1 to main hearing
call c2 to main hearing ; heard c2
call c3 to main hearing ; heard c3 ; press c3 1
call c4 to gone hearing
----
c1 hears welcome
c2 hears welcome
c2 hears menu
c3 hears welcome
c3 hears menu
c3 answers 1: More
c3 hears second
c4 hears menu

# Another key for the first question, and another text for the second.
config groups/support serial alice
config queues/support groups=support
config questions/second prompt=the-second 2=No:queue:support
config questions/menu prompt=menu 1=More:question:second 2=Support:queue:support
config workflows/main question=menu welcome=welcome
reload
----
c3 hears the-second
reject c4 unconfigured
c4 over: unconfigured

press c2 2
heard c1
----
c2 answers 2: Support
c2 enters support
c2 waiting in support
offer o1 c2 -> alice
c1 hears menu

# The second question is gone, and so is the answer to it.
config groups/support serial alice
config queues/support groups=support
config questions/menu prompt=menu 2=Support:queue:support
config workflows/main question=menu
reload
----
c3 hears menu

press c3 1 ; heard c3 ; press c3 2
----
c3 hears menu
c3 answers 2: Support
c3 enters support
c3 waiting in support
