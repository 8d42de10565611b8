# response-group.md §2, parallel, and the rules one-winner and losers-late.

config groups/support parallel alice bob carol
call c1 to support

rings o1 ; rings o2

accept o2

# Alice's 200 crossed our CANCEL.
accept o1

join c1

end c1 agentHungUp
