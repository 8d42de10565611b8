# response-group.md §2, attendant: rings in any presence except Do Not Disturb and Offline; several waiting calls ring at one agent.

config agents/alice presence=http
config agents/bob presence=http
config groups/desk attendant alice bob attendantOffers=2
presence alice busy ; presence bob doNotDisturb
call c1 to desk
----
c1 enters desk
offer o1 c1 -> alice   (bob: doNotDisturb)

call c2 to desk
----
c2 enters desk
offer o2 c2 -> alice   (bob: doNotDisturb)

call c3 to desk
----
c3 enters desk
c3 waiting in desk

# Alice takes the second. The first keeps ringing, and the third now has room at her desk.
accept o2 ; join c2
----
connect c2 o2
offer o3 c3 -> alice   (bob: doNotDisturb)
c2 leaves desk: answered after 0s
c2 talks to alice

presence bob offWork
----
offer o4 c1 -> bob   (alice: offersFull)
offer o5 c3 -> bob   (alice: offersFull)

presence alice doNotDisturb
----
withdraw o1 withdrawn
withdraw o3 withdrawn

end c2
----
c2 over: answered
