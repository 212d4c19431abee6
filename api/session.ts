/** The panel's login and logout. */
import { app } from '../lib/app.ts'
import { methods } from '../lib/http/route.ts'

export const { GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS } = methods({
  GET: app.whoAmI,
  POST: app.logIn,
  DELETE: app.logOut,
})
