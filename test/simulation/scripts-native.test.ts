import { simulateOnScripts } from './scripts.ts'

simulateOnScripts('native', 300)
