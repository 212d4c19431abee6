import { render } from 'preact'
import { connect } from './feed.ts'
import { App } from './parts/app.tsx'
import { applyTheme } from './theme.ts'
import './style/base.css'
import './style/chat.css'
import './style/inspector.css'

applyTheme()
const root = document.getElementById('app')
if (root) render(<App />, root)
connect()
