/** The user who writes. */
import { useState } from 'preact/hooks'
import type { User } from '../../simulator/wire.ts'
import { api } from '../api.ts'
import { become } from '../feed.ts'
import { doing, useModel } from '../model.ts'
import { Avatar } from './avatar.tsx'
import { Icon } from './icon.tsx'
import { FormModal } from './modal.tsx'

export const nameOf = (user: User | undefined): string =>
  user === undefined ? 'unknown user' : [user.first_name, user.last_name].filter(Boolean).join(' ')

export function People() {
  const { world, me } = useModel()
  const [isAdding, add] = useState(false)
  return (
    <div class="people">
      <div class="people" role="radiogroup" aria-label="Write as">
        {world?.users.map((user) => (
          <button
            type="button"
            key={user.id}
            role="radio"
            aria-checked={user.id === me}
            class={user.id === me ? 'person me' : 'person'}
            title={`${nameOf(user)}, ${user.language_code ?? 'no language'}, ${user.id}`}
            onClick={() => become(user.id)}
          >
            <Avatar id={user.id} name={user.first_name} />
            <span>{user.first_name}</span>
            <small>{user.language_code}</small>
          </button>
        ))}
      </div>
      <button type="button" class="person" title="Another person" onClick={() => add(true)}>
        <span class="avatar plus" aria-hidden="true">
          <Icon name="plus" />
        </span>
        <span>New</span>
      </button>
      {isAdding && <NewPerson onClose={() => add(false)} />}
    </div>
  )
}

function NewPerson({ onClose }: { onClose: () => void }) {
  const [name, setName] = useState('')
  const [language, setLanguage] = useState('en')
  const create = async () => {
    const user = await api.addUser({ first_name: name, language_code: language })
    onClose()
    become(user.id)
  }
  return (
    <FormModal title="New person" yes="Add" onSubmit={() => doing(create())} onClose={onClose}>
      <label>
        First name
        <input required maxLength={64} value={name} onInput={(e) => setName(e.currentTarget.value)} />
      </label>
      <label>
        Language of their Telegram
        <input
          required
          pattern="[a-z]{2}(-\w+)?"
          value={language}
          onInput={(e) => setLanguage(e.currentTarget.value)}
        />
      </label>
    </FormModal>
  )
}
