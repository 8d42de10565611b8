import type { ComponentChildren, VNode } from 'preact'
import type { Decision, Excluded, Explanation } from '../../api/documents.js'
import { clockSpan, clockTime, exactTime, userOf } from '../../format.js'
import { useLocale, useMessages } from '../../language/language.js'
import { Icon, type IconName } from '../../ui/icon.js'
import { momentsOf, toneOf, type Moment } from './story.js'

const icons: Readonly<Record<Moment['kind'], IconName>> = {
  arrived: 'phone',
  enters: 'clock',
  leaves: 'clock',
  offered: 'bell',
  offerEnded: 'hangUp',
  joined: 'check',
  sentOn: 'arrow',
  finished: 'hangUp',
}

/** What happened to a call and why, in the order of time. */
export function Timeline({ story }: { readonly story: Explanation }): VNode {
  const { calls: words } = useMessages()
  const locale = useLocale()
  return (
    <ol class="timeline">
      {story.forgottenOffers > 0 && <li class="timeline-note">{words.forgotten(story.forgottenOffers)}</li>}
      {momentsOf(story).map((moment, place) => (
        <li key={place} class={`moment moment-${toneOf(moment)}`}>
          <Icon name={icons[moment.kind]} />
          <time dateTime={new Date(moment.at).toISOString()}>{exactTime(new Date(moment.at).toISOString(), locale)}</time>
          <div>
            <MomentWords moment={moment} />
          </div>
        </li>
      ))}
    </ol>
  )
}

function MomentWords({ moment }: { readonly moment: Moment }): VNode {
  const { calls: words, methods } = useMessages()
  switch (moment.kind) {
    case 'arrived':
      return <p>{words.arrived(moment.workflow)}</p>
    case 'enters':
      return <p>{words.entersQueue(moment.queue)}</p>
    case 'leaves':
      return <p>{words.leavesQueue(moment.queue, words.waitOutcomes[moment.outcome])}</p>
    case 'offered': {
      const { group, method } = moment.decision
      return (
        <>
          <p>
            <b>{words.offered(moment.agents.map(userOf).join(', '), group, methods[method])}</b>
          </p>
          <DecisionDetails decision={moment.decision} />
        </>
      )
    }
    case 'offerEnded': {
      const { why, code, rang } = moment.ended
      return (
        <p>
          {userOf(moment.agent)}: {words.offerEnds[why]}
          {code !== null && ` (${code})`}, {words.rang(clockSpan(rang))}
        </p>
      )
    }
    case 'joined':
      return (
        <p>
          <b>{words.joinedWith(userOf(moment.agent))}</b>
        </p>
      )
    case 'sentOn':
      return <p>{words.sentOn(moment.to)}</p>
    case 'finished':
      return <FinishedWords finished={moment.finished} />
  }
}

function FinishedWords({ finished }: { readonly finished: NonNullable<Explanation['finished']> }): VNode {
  const { calls: words } = useMessages()
  return (
    <p>
      {words.ended}: {words.outcomes[finished.why]}. {words.waited} {clockSpan(finished.waited)}, {words.talked.toLowerCase()}{' '}
      {clockSpan(finished.talked)}
    </p>
  )
}

/** The eligible agents in their order, and the others with the reason. */
function DecisionDetails({ decision }: { readonly decision: Decision }): VNode {
  const { calls: words } = useMessages()
  const locale = useLocale()
  const { candidates, excluded, unlisted, passedOver } = decision
  return (
    <div class="decision">
      {passedOver.map(passed => (
        <Part key={passed.group} title={words.passedOver(passed.group)}>
          <ExcludedList excluded={passed.excluded} unlisted={passed.unlisted} />
        </Part>
      ))}
      {candidates.length > 0 && (
        <Part title={words.inOrder}>
          <ol>
            {candidates.map(({ agent, position, idleSince }) => (
              <li key={agent}>
                {userOf(agent)}
                <small>
                  {position !== undefined && words.listPlace(position + 1)}
                  {idleSince !== undefined && words.idleSince(clockTime(idleSince, locale))}
                </small>
              </li>
            ))}
          </ol>
        </Part>
      )}
      {excluded.length + unlisted > 0 && (
        <Part title={words.leftOut}>
          <ExcludedList excluded={excluded} unlisted={unlisted} />
        </Part>
      )}
    </div>
  )
}

function Part({ title, children }: { readonly title: string; readonly children: ComponentChildren }): VNode {
  return (
    <div class="decision-part">
      <h3>{title}</h3>
      {children}
    </div>
  )
}

function ExcludedList({ excluded, unlisted }: { readonly excluded: readonly Excluded[]; readonly unlisted: number }): VNode {
  const { calls: words, exclusions, presence: presences } = useMessages()
  const locale = useLocale()
  return (
    <ul>
      {excluded.map(({ agent, why, presence, until }) => (
        <li key={agent}>
          {userOf(agent)}: {exclusions[why]}
          {until !== null && ` ${words.until(clockTime(until, locale))}`}
          <small>
            {presences.states[presence.state]} · {presences.because(presence.because)}
          </small>
        </li>
      ))}
      {unlisted > 0 && <li>{words.unlisted(unlisted)}</li>}
    </ul>
  )
}
