# An agent who is rung for a transfer, or got a call by one, is in a call: nothing else is offered to them until it is over.

config agents/alice wrapUp=10s
config agents/bob wrapUp=5s
config groups/support serial alice bob
config queues/support groups=support
call c1 to support ; accept o1 ; join c1
refer c1 agent bob
----
c1 enters support
offer o1 c1 -> alice
connect c1 o1
c1 leaves support: answered after 0s
c1 talks to alice
c1: the agent asks for bob
bob rings in c1
transfer c1

# A new caller waits: alice talks, and bob's phone rings for the transfer.
call c2 to support
----
c2 enters support
c2 waiting in support

# Alice is in wrap-up, and bob talks.
through c1
----
c1: the transfer is through
c1 transferred by the agent

# Alice's wrap-up is over. The next call waits for the end of bob's.
after 10s
accept o2 ; join c2
call c3 to support
end c1 forwardHungUp
after 5s
----
at 10s
offer o2 c2 -> alice   (bob: onACall)
connect c2 o2
c2 leaves support: answered after 10s
c2 talks to alice
c3 enters support
c3 waiting in support
c1 over: answered
at 15s
offer o3 c3 -> bob   (alice: onACall)

# Bob talks: a transfer to him is refused.
accept o3 ; join c3
refer c2 agent bob
----
connect c3 o3
c3 leaves support: answered after 5s
c3 talks to bob
c2: the agent asks for bob
c2: the transfer is busy
refuse the transfer of c2

# An offer of the group is withdrawn for a transfer, and returns when the target does not answer.
end c3
after 5s
call c4 to support
refer c2 agent bob
transfer-failed c2 486
----
c3 over: answered
at 20s
c4 enters support
offer o4 c4 -> bob   (alice: onACall)
c2: the agent asks for bob
bob rings in c2
withdraw o4 withdrawn
transfer c2
c4 waiting in support
c2: the transfer is failed 486
offer o5 c4 -> bob   (alice: onACall)

# An agent who makes a call is in a call too, and gets no offer.
abandon c4
call c5 to support from bob
call c6 to support
end c2
after 10s
----
withdraw o5 withdrawn
c4 leaves support: abandoned after 0s
c4 over: abandoned
c5 enters support
c5 waiting in support
c6 enters support
c6 waiting in support
c2 over: answered
at 30s
offer o6 c5 -> alice   (bob: onACall)
