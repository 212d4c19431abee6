import { simulateOnScripts } from './scripts.ts'

simulateOnScripts('js', 60)
