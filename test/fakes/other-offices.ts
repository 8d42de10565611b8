import { teamsFiles } from './teams-office.js'

/** A made-up site of a product, as files of its export. */
interface OtherOffice {
  readonly from: string
  readonly files: Readonly<Record<string, string>>
  /** The numbers that a test calls, and the workflows to which they lead. */
  readonly called: readonly { readonly name: string; readonly number: string }[]
  /** What the report says of the workflows. */
  readonly workflows: RegExp
}

const asterisk: OtherOffice = {
  from: 'asterisk',
  files: {
    'queues.conf': `[general]
persistentmembers = yes
[desk](!)
timeout = 20
strategy = rrmemory
#include "queues_more.conf"
`,
    'queues_more.conf': `[sales](desk)
member => PJSIP/1001
member => PJSIP/1002,1
[support](desk)
strategy = ringall
member => Local/1003@agents/n
`,
    'extensions.conf': `[from-pbx]
exten => 2001,1,Queue(sales,,,,300)
 same => n,Queue(support)
exten => 2002,1,Queue(support,,,,300)
 same => n,Hangup()
`,
  },
  called: [
    { name: 'sales', number: '2001' },
    { name: 'support', number: '2002' },
  ],
  workflows: /workflows +2 +sales, support/,
}

const freeswitch: OtherOffice = {
  from: 'freeswitch',
  files: {
    'callcenter.conf.xml': `<configuration name="callcenter.conf"><queues>
<queue name="billing@default"><param name="strategy" value="round-robin"/><param name="max-wait-time" value="300"/></queue>
</queues><agents>
<agent name="1001@default" type="callback" contact="[leg_timeout=20]user/1001@default" status="Available"/>
<agent name="1002@default" type="callback" contact="[leg_timeout=20]user/1002@default" status="Available"/>
</agents><tiers>
<tier agent="1001@default" queue="billing@default" level="1" position="1"/>
<tier agent="1002@default" queue="billing@default" level="1" position="2"/>
</tiers></configuration>`,
    'default.xml': `<include><extension name="billing"><condition field="destination_number" expression="^5000$">
<action application="callcenter" data="billing@default"/></condition></extension></include>`,
  },
  called: [{ name: 'billing', number: '5000' }],
  workflows: /workflows +1 +billing/,
}

const teams: OtherOffice = {
  from: 'teams',
  files: teamsFiles(),
  called: [{ name: 'Sales', number: '+14255550101' }],
  workflows: /workflows +2 +Main number, Sales/,
}

export const otherOffices: readonly OtherOffice[] = [asterisk, freeswitch, teams]
