/** Starts the action: the only module that does something when it is loaded. */
import { main } from './action/main.ts'

await main()
