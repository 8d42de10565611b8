# response-group.md §4: answers may lead to further questions at any depth. Agents see all answers.

config groups/support serial alice
config queues/support groups=support
config questions/product prompt=which-product invalid=no-such-key 1=Phones:queue:support 2=Printers:which-printer-closed>disconnect
config questions/menu prompt=menu invalid=no-such-key 1=Sales:disconnect 2=Support:question:product
config workflows/main question=menu
call c1 to main hearing
press c1 2
press c1 1
----
c1 hears menu
c1 answers 2: Support
c1 hears which-product
c1 answers 1: Phones
c1 enters support
c1 waiting in support
offer o1 c1 -> alice

# Wrong keys are counted over all questions.
call c2 to main hearing
press c2 7 ; heard c2 ; press c2 7 ; heard c2 ; press c2 2
press c2 7 ; heard c2 ; press c2 7 ; heard c2
----
c2 hears menu
c2 hears no-such-key
c2 hears menu
c2 hears no-such-key
c2 hears menu
c2 answers 2: Support
c2 hears which-product
c2 hears no-such-key
c2 hears which-product
c2 hears no-such-key
c2 hears which-product

press c2 7
----
reject c2 unanswered
c2 over: unanswered

# An action with a prompt: first the prompt, then the action.
call c3 to main hearing ; press c3 2 ; press c3 2
----
c3 hears menu
c3 answers 2: Support
c3 hears which-product
c3 answers 2: Printers
c3 hears which-printer-closed

heard c3
----
reject c3 disconnected
c3 over: disconnected
