/**
 * Where a shape differs from the type that the provider's SDK has of the same object. The SDK is generated from the published
 * schemas of its pinned API version, so that the compiler holds the shapes against those: nothing of them is kept here.
 *
 * `Published` is a type of the SDK, `Shape` what a schema of ours takes. The result is a union of texts, each a member and what
 * is wrong with it; `never`: whatever has the shape is as published. Members that a shape leaves open are not looked into.
 */
export type Differences<Shape, Published, At extends string> = Shape extends object
  ?
      | `${At}.${Exclude<Named<Shape>, AllKeys<Published>>} is not published`
      | `${At}.${Exclude<Required<Published>, Required<Shape>>} is missing`
      | { [Key in Named<Shape> & AllKeys<Published>]: OfMember<Shape, Published, Key, At> }[Named<Shape> &
          AllKeys<Published>]
  : never;

type OfMember<Shape, Published, Key extends string, At extends string> =
  | (Plain<Of<Shape, Key>> extends Plain<Of<Published, Key>> ? never : `${At}.${Key} is of another type`)
  | Within<Whole<Of<Shape, Key>>, Whole<Of<Published, Key>>, `${At}.${Key}`>;

type Within<Shape, Published, At extends string> = [Shape] extends [never]
  ? never
  : [Published] extends [never]
    ? `${At} is no object`
    : Shape extends readonly (infer Item)[]
      ? Published extends readonly (infer Told)[]
        ? Plain<Item> extends Plain<Told>
          ? Within<Whole<Item>, Whole<Told>, `${At}[]`>
          : `${At}[] is of another type`
        : `${At} is no list`
      : string extends keyof Shape
        ? never
        : Differences<Shape, Published, At>;

/** What is no object; a text that the API may add values to is any text. */
type Plain<Value> = Extract<Value, string | number | boolean | null>;
type Whole<Value> = Exclude<Extract<Value, object>, string>;
type AllKeys<Value> = Value extends unknown ? keyof Value & string : never;
type Of<Value, Key extends string> = Value extends unknown
  ? Key extends keyof Value
    ? Value[Key]
    : never
  : never;
/** Without what an open shape takes besides. */
type Named<Value> = keyof { [Key in keyof Value as string extends Key ? never : Key]: Value[Key] } & string;
type Required<Value> = {
  [Key in keyof Value & string as string extends Key ? never : Key]-?: undefined extends Value[Key]
    ? never
    : Key;
}[Named<Value>];
