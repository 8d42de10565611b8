# response-group.md §3: a group without an eligible agent is passed over at once, with reasons.

config agents/alice presence=http
config agents/bob homed=online
config groups/first serial alice bob
config groups/second serial carol policy=formal
config groups/third serial dora
config queues/support groups=first,second,third
call c1 to support

refuse o1 503

sign-in carol second

sign-out carol second

presence alice available
