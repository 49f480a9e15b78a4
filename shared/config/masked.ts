/**
 * The last look at a text before somebody reads it: whatever looks like a password in an address goes.
 *
 * Settings that are secret are never put into a message; this is for addresses that stand where none is expected, such as a
 * `jdbc` address under a misspelt key. What it cannot know (a password that stands alone) it leaves.
 *
 *   jdbc:mysql://h/d;password=p   →  jdbc:mysql://h/d;***
 *   mysql://user:p@h/d            →  mysql://***@h/d
 */
export const masked = (text: string): string =>
  text
    .replace(/(\/\/)[^\s/@"']+@/g, '$1***@')
    .replace(/(jdbc:[^\s"';]*;)[^\s"']*/gi, '$1***')
    // An example in a message stands with an ellipsis in place of the password.
    .replace(/(password(?:=|%3d))(?!…|\*\*\*)[^\s"']*/gi, '$1***');
