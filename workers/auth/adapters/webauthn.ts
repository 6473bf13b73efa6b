import {
  generateAuthenticationOptions,
  generateRegistrationOptions,
  verifyAuthenticationResponse,
  verifyRegistrationResponse,
  type AuthenticationResponseJSON,
  type PublicKeyCredentialCreationOptionsJSON,
  type PublicKeyCredentialRequestOptionsJSON,
  type RegistrationResponseJSON,
} from '@simplewebauthn/server';
import { COSEALG, decodeClientDataJSON } from '@simplewebauthn/server/helpers';
import { fromBase64, toBase64Url } from '#shared/crypto/bytes.ts';
import { CEREMONY_TTL_MS } from '../limits.ts';
import { isUncertified } from './attestation.ts';

const RELYING_PARTY_NAME = 'Tradepost';
const ALGORITHMS = [COSEALG.EdDSA, COSEALG.ES256, COSEALG.RS256];
const CREDENTIAL_ID_CHARACTERS_MAX = 1_366;
/** Lets the library skip its counter check, which comes before the signature's: ours comes after it, in the database. */
const NO_COUNTER = -1;

export interface NewPasskey {
  credentialId: string;
  publicKey: string;
  counter: number;
  transports: string[];
  backupEligible: boolean;
  backedUp: boolean;
  aaguid: string;
}
export interface Assertion {
  counter: number;
  backupEligible: boolean;
  backedUp: boolean;
}
export interface StoredPasskey {
  credentialId: string;
  publicKey: string;
  /** base64url of the account's random user handle. */
  handle: string;
}

/** Ceremonies of WebAuthn L3 §7. A response that fails any check is null; which check, goes to nobody. */
export interface Passkeys {
  registrationOptions(user: {
    handle: string;
    name: string;
    excludeCredentialIds: string[];
  }): Promise<PublicKeyCredentialCreationOptionsJSON>;
  verifyRegistration(response: RegistrationResponseJSON, challenge: string): Promise<NewPasskey | null>;
  authenticationOptions(): Promise<PublicKeyCredentialRequestOptionsJSON>;
  verifyAuthentication(
    response: AuthenticationResponseJSON,
    challenge: string,
    passkey: StoredPasskey,
  ): Promise<Assertion | null>;
}

export function webauthnPasskeys(origin: string): Passkeys {
  const rpID = new URL(origin).hostname;
  return {
    registrationOptions: (user) =>
      generateRegistrationOptions({
        rpName: RELYING_PARTY_NAME,
        rpID,
        userName: user.name,
        userDisplayName: user.name,
        userID: fromBase64(user.handle),
        timeout: CEREMONY_TTL_MS,
        attestationType: 'none',
        excludeCredentials: user.excludeCredentialIds.map((id) => ({ id })),
        authenticatorSelection: { residentKey: 'required', userVerification: 'required' },
        supportedAlgorithmIDs: ALGORITHMS,
      }),

    verifyRegistration: (response, challenge) =>
      nullWhenRefused(async () => {
        refuseFrames(response.response.clientDataJSON);
        if (!isUncertified(response.response.attestationObject)) return null;
        const { verified, registrationInfo } = await verifyRegistrationResponse({
          response,
          expectedChallenge: challenge,
          expectedOrigin: origin,
          expectedRPID: rpID,
          requireUserVerification: true,
          supportedAlgorithmIDs: ALGORITHMS,
        });
        if (!verified || registrationInfo.credential.id !== response.id) return null;
        const { credential } = registrationInfo;
        if (credential.id.length > CREDENTIAL_ID_CHARACTERS_MAX) return null;
        return {
          credentialId: credential.id,
          publicKey: toBase64Url(credential.publicKey),
          counter: credential.counter,
          transports: credential.transports ?? [],
          backupEligible: registrationInfo.credentialDeviceType === 'multiDevice',
          backedUp: registrationInfo.credentialBackedUp,
          aaguid: registrationInfo.aaguid,
        };
      }),

    authenticationOptions: () =>
      generateAuthenticationOptions({
        rpID,
        allowCredentials: [],
        userVerification: 'required',
        timeout: CEREMONY_TTL_MS,
      }),

    verifyAuthentication: (response, challenge, passkey) =>
      nullWhenRefused(async () => {
        refuseFrames(response.response.clientDataJSON);
        // §7.2 step 6: without allowCredentials the user handle must be there and name the credential's owner.
        if (response.response.userHandle !== passkey.handle) return null;
        const { verified, authenticationInfo } = await verifyAuthenticationResponse({
          response,
          expectedChallenge: challenge,
          expectedOrigin: origin,
          expectedRPID: rpID,
          requireUserVerification: true,
          credential: {
            id: passkey.credentialId,
            publicKey: fromBase64(passkey.publicKey),
            counter: NO_COUNTER,
          },
        });
        if (!verified) return null;
        return {
          counter: authenticationInfo.newCounter,
          backupEligible: authenticationInfo.credentialDeviceType === 'multiDevice',
          backedUp: authenticationInfo.credentialBackedUp,
        };
      }),
  };
}

/** We are never framed by another site; the library lets `crossOrigin` without `topOrigin` pass. */
function refuseFrames(clientDataJSON: string): void {
  const { crossOrigin, topOrigin } = decodeClientDataJSON(clientDataJSON);
  if (crossOrigin === true || topOrigin !== undefined) throw new Error('made in a foreign frame');
}

/** The library throws for every failed check, and its decoders for garbage; both are refusals, never faults of ours. */
async function nullWhenRefused<Value>(check: () => Promise<Value | null>): Promise<Value | null> {
  try {
    return await check();
  } catch {
    return null;
  }
}
