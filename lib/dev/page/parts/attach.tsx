import { useState } from 'preact/hooks'
import type { FileKind } from '../sending.ts'
import { Icon, IconButton } from './icon.tsx'

const FILES: [FileKind, string, string][] = [
  ['photo', 'Photo', 'image/*'],
  ['document', 'File', ''],
  ['voice', 'Voice from a file', 'audio/*,.oga,.ogg'],
]

interface Props {
  onFile: (kind: FileKind, file: File) => void
  onAsk: (kind: 'contact' | 'location') => void
}

/** The menu for messages other than text. */
export function Attach(props: Props) {
  const [isOpen, open] = useState(false)
  return (
    <div class="attach">
      <IconButton icon="plus" title="Attach" expanded={isOpen} onClick={() => open(!isOpen)} />
      {isOpen && <AttachMenu {...props} onClose={() => open(false)} />}
    </div>
  )
}

function AttachMenu({ onFile, onAsk, onClose }: Props & { onClose: () => void }) {
  return (
    <div class="attach-menu">
      {FILES.map(([kind, name, accept]) => (
        <label key={kind}>
          <Icon name={kind === 'document' ? 'file' : kind === 'voice' ? 'mic' : kind} />
          {name}
          <input
            type="file"
            accept={accept}
            data-kind={kind}
            onChange={(event) => {
              const file = event.currentTarget.files?.[0]
              if (file) onFile(kind, file)
              onClose()
            }}
          />
        </label>
      ))}
      {(['contact', 'location'] as const).map((kind) => (
        <button
          type="button"
          key={kind}
          onClick={() => {
            onAsk(kind)
            onClose()
          }}
        >
          <Icon name={kind === 'contact' ? 'person' : 'pin'} />
          {kind === 'contact' ? 'My contact' : 'My location'}
        </button>
      ))}
    </div>
  )
}
