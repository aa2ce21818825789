// An OpenID Connect server on loopback for tests: whoever types a name is that person.
//
// node harness/issuer.js PORT SECRET CALLBACK

import { Provider } from "oidc-provider";

const [port, secret, callback] = process.argv.slice(2);

const page = (/** @type {string} */ body) =>
  `<!doctype html><html lang="en"><link rel="icon" href="data:,"><title>Issuer</title>${body}</html>`;

const provider = new Provider(`http://127.0.0.1:${port}`, {
  clients: [
    {
      client_id: "digitlab",
      client_secret: secret,
      redirect_uris: [callback],
      post_logout_redirect_uris: [callback],
    },
  ],
  claims: { openid: ["sub"], email: ["email"], profile: ["name"] },
  conformIdTokenClaims: false, // they are in the ID token, as Google's and Microsoft's are
  findAccount: (_, accountId) => ({
    accountId,
    claims: async () => ({ sub: accountId, name: accountId, email: `${accountId}@school.example` }),
  }),
  interactions: { url: (_, interaction) => `/who/${interaction.uid}` },
  // Nobody is asked what the app may know.
  loadExistingGrant: async ({ oidc }) => {
    const grant = new provider.Grant({ clientId: oidc.client.clientId, accountId: oidc.session.accountId });
    grant.addOIDCScope("openid email profile");
    await grant.save();
    return grant;
  },
  features: {
    devInteractions: { enabled: false }, // its pages load a font from elsewhere
    rpInitiatedLogout: {
      logoutSource: (ctx, form) => {
        ctx.body = page(`${form}<button form="op.logoutForm" name="logout" value="yes">Sign out</button>`);
      },
    },
  },
});

provider.use(async (ctx, next) => {
  if (!ctx.path.startsWith("/who/")) return next();
  const name = ctx.query.name;
  if (name) {
    await provider.interactionFinished(ctx.req, ctx.res, { login: { accountId: String(name) } });
    ctx.respond = false;
    return;
  }
  ctx.body = page('<form><label>Name <input name="name"></label><button>Sign in</button></form>');
});

provider.listen(Number(port), "127.0.0.1");
