/** What attributes of the demo goods and their values are called in German and in French. */

/** English → German, French. What is not here is called the same in all three (`USB`, `A5`, `Full HD`). */
const WORDS: Readonly<Record<string, readonly [de: string, fr: string]>> = {
  Adjustable: ['Verstellbar', 'Réglable'],
  Capacity: ['Fassungsvermögen', 'Contenance'],
  Colour: ['Farbe', 'Couleur'],
  Connection: ['Anschluss', 'Connexion'],
  Connector: ['Stecker', 'Connecteur'],
  Diagonal: ['Diagonale', 'Diagonale'],
  Dimmable: ['Dimmbar', 'Variable en intensité'],
  Dishwasher: ['Spülmaschinenfest', 'Lave-vaisselle'],
  Fit: ['Bauform', 'Port'],
  Format: ['Format', 'Format'],
  Height: ['Höhe', 'Hauteur'],
  Impedance: ['Impedanz', 'Impédance'],
  Layout: ['Tastenbelegung', 'Disposition'],
  Length: ['Länge', 'Longueur'],
  Material: ['Material', 'Matière'],
  Pages: ['Seiten', 'Pages'],
  Pattern: ['Richtcharakteristik', 'Directivité'],
  Power: ['Leistung', 'Puissance'],
  Range: ['Reichweite', 'Portée'],
  Resolution: ['Auflösung', 'Définition'],
  Ruling: ['Lineatur', 'Réglure'],
  Volume: ['Volumen', 'Volume'],
  Waterproof: ['Wasserdicht', 'Étanche'],
  Wireless: ['Kabellos', 'Sans fil'],

  inch: ['Zoll', 'pouces'],

  Black: ['Schwarz', 'Noir'],
  Brass: ['Messing', 'Laiton'],
  Cardioid: ['Niere', 'Cardioïde'],
  Dotted: ['Gepunktet', 'Pointillé'],
  Felt: ['Filz', 'Feutre'],
  'Figure-eight': ['Acht', 'Figure en huit'],
  Glass: ['Glas', 'Verre'],
  Green: ['Grün', 'Vert'],
  Grey: ['Grau', 'Gris'],
  'ISO British': ['ISO Britisch', 'ISO britannique'],
  'ISO French': ['ISO Französisch', 'ISO français'],
  'ISO German': ['ISO Deutsch', 'ISO allemand'],
  'In-ear': ['In-Ear', 'Intra-auriculaire'],
  Leather: ['Leder', 'Cuir'],
  Lined: ['Liniert', 'Ligné'],
  Mesh: ['Netzgewebe', 'Maille'],
  Navy: ['Marineblau', 'Bleu marine'],
  Oak: ['Eiche', 'Chêne'],
  Olive: ['Oliv', 'Olive'],
  Omni: ['Kugel', 'Omnidirectionnel'],
  'On-ear': ['On-Ear', 'Supra-auriculaire'],
  'Over-ear': ['Over-Ear', 'Circum-auriculaire'],
  Plain: ['Blanko', 'Uni'],
  Red: ['Rot', 'Rouge'],
  Sand: ['Sand', 'Sable'],
  Squared: ['Kariert', 'Quadrillé'],
  Steel: ['Stahl', 'Acier'],
  Stoneware: ['Steinzeug', 'Grès'],
  White: ['Weiß', 'Blanc'],
  Wood: ['Holz', 'Bois'],
};

interface Stated {
  title: string;
  unit?: string;
  options?: readonly string[];
}

/** The words of an attribute in the demo's other languages, as a product type states them. */
export function translatedWords({ title, unit, options = [] }: Stated) {
  const inLanguage = (language: 0 | 1) => {
    const called = (text: string): string | undefined => WORDS[text]?.[language];
    return {
      title: called(title) ?? '',
      unit: called(unit ?? '') ?? '',
      options: Object.fromEntries(
        options.flatMap((option) => {
          const name = called(option);
          return name === undefined ? [] : [[option, name]];
        }),
      ),
    };
  };
  return { de: inLanguage(0), fr: inLanguage(1) };
}
