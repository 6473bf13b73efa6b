import { stemmer as dutch } from '@orama/stemmers/dutch';
import { stemmer as english } from '@orama/stemmers/english';
import { stemmer as french } from '@orama/stemmers/french';
import { stemmer as german } from '@orama/stemmers/german';
import { stemmer as italian } from '@orama/stemmers/italian';
import { stemmer as spanish } from '@orama/stemmers/spanish';

/**
 * Languages with an analysis of their own. `xx`: words of no language (names, SKUs) and of every other one; they are
 * folded and not stemmed.
 */
export const INDEX_LANGUAGES = ['en', 'de', 'fr', 'es', 'it', 'nl', 'xx'] as const;
export type IndexLanguage = (typeof INDEX_LANGUAGES)[number];

/** The language products are stated in; translations are beside it. */
export const BASE_LANGUAGE: IndexLanguage = 'en';

const STEMMERS: Record<IndexLanguage, (word: string) => string> = {
  en: english,
  de: (word) => german(plainGerman(word)),
  fr: french,
  es: spanish,
  it: italian,
  nl: dutch,
  xx: (word) => word,
};

/** `buero` and `büro` (folded to `buro`) are one word; the u of `qu` is none of these. */
const plainGerman = (word: string): string =>
  word.replaceAll(/ae|oe/g, ([vowel = '']) => vowel).replaceAll(/(?<![aeq])ue/g, 'u');

/** The language of a BCP 47 tag, `xx` when it has no analysis of its own. */
export function indexLanguage(locale: string): IndexLanguage {
  const [primary = ''] = locale.toLowerCase().split(/[-_]/);
  return INDEX_LANGUAGES.find((language) => language === primary) ?? 'xx';
}

/** What a folded word is indexed and looked up under: its language and its stem. */
export const termOf = (language: IndexLanguage, word: string): string =>
  `${language}:${STEMMERS[language](word) || word}`;

/** Words too frequent to tell products apart, folded. They count in titles alone, and in a query of nothing else. */
const STOP_WORDS: Partial<Record<IndexLanguage, ReadonlySet<string>>> = {
  en: setOf(
    'a all an and any are as at be but by can do for from has have how i in into is it its me my need not of on or our some someone something that the their them this to too was we what which who will with you your s t',
  ),
  de: setOf(
    'aber als am an auch auf aus bei bis das dass dem den der des die dir du ein eine einem einen einer eines er es etwas fur haben hat ich ihr im in ins ist kann kein keine man mein meine mich mir mit nach nicht noch nur oder ohne sein sich sie sind so um und uns unter vom von vor war was wenn wer wie wir wird zu zum zur',
  ),
  fr: setOf(
    'a au aux avec c ce ces cette d dans de des du elle en est et il ils j je l la le les leur m ma mais me mes mon n ne nos notre nous on ou par pas pour qu que qui s sa sans se ses son sont sur ta te tes toi ton tu un une vos votre vous y',
  ),
  es: setOf('a al con de del el en es la las lo los mi para por que se sin su sus un una y'),
  it: setOf('a al alla che con da dal dei del della di e gli i il in la le lo ma mi per si su un una uno'),
  nl: setOf(
    'aan als bij dat de den der die een en er het ik in is je met mijn naar niet of om op te tot uit van voor zijn',
  ),
};
function setOf(words: string): ReadonlySet<string> {
  return new Set(words.split(' '));
}

export const isStopWord = (language: IndexLanguage, word: string): boolean =>
  STOP_WORDS[language]?.has(word) ?? false;
