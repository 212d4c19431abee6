import { simulateOnScripts } from './scripts.ts'

simulateOnScripts('native', 150)
