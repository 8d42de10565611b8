# response-group.md §2, serial: list order, each call from the top; others only when earlier ones can't or don't answer.

config groups/support serial alice bob carol agentAlertTime=20s
config agents/alice presence=http
presence alice busy
call c1 to support

after 20s

after 20s

presence alice available

accept o4 ; join c1

call c2 to support

end c1 agentHungUp

refuse o5 486
