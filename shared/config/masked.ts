/**
 * Hides passwords in addresses before a person reads a text.
 *
 * A message never holds a secret setting. This function is for addresses in unexpected places, such as a `jdbc` address under
 * a misspelt key. It cannot recognize a password outside of an address.
 *
 *   jdbc:mysql://h/d;password=p   →  jdbc:mysql://h/d;***
 *   mysql://user:p@h/d            →  mysql://***@h/d
 */
export const masked = (text: string): string =>
  text
    .replace(/(\/\/)[^\s/@"']+@/g, '$1***@')
    .replace(/(jdbc:[^\s"';]*;)[^\s"']*/gi, '$1***')
    // Examples in messages have an ellipsis in place of the password, and stay as they are.
    .replace(/(password(?:=|%3d))(?!…|\*\*\*)[^\s"']*/gi, '$1***');
