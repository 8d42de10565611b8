# response-group.md §2, attendant: whatever their presence but Do Not Disturb and Offline; several waiting calls ring at one agent.

config agents/alice presence=http
config agents/bob presence=http
config groups/desk attendant alice bob attendantOffers=2
presence alice busy ; presence bob doNotDisturb
call c1 to desk

call c2 to desk

call c3 to desk

# Alice takes the second; the first rings on, and the third now has room at her desk.
accept o2 ; join c2

presence bob offWork

presence alice doNotDisturb

end c2
