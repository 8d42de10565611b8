# response-group.md §2, parallel, and the rules one-winner and losers-late.

config groups/support parallel alice bob carol
call c1 to support
----
c1 enters support
offer o1 c1 -> alice
offer o2 c1 -> bob
offer o3 c1 -> carol

rings o1 ; rings o2
----
nothing

accept o2
----
connect c1 o2
withdraw o1 lostRace
withdraw o3 lostRace

# Alice's 200 crossed our CANCEL.
accept o1
----
withdraw o1 lostRace
ignored offerAccepted: another agent was first

join c1
----
c1 leaves support: answered after 0s
c1 talks to bob

end c1 agentHungUp
----
c1 over: answered
