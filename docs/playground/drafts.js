// What is kept in this browser from visit to visit, where it lets us keep anything.

export function kept(name) {
  try {
    return localStorage.getItem(`chalkgrad.${name}`);
  } catch {
    return null;
  }
}

export function keep(name, text) {
  try {
    localStorage.setItem(`chalkgrad.${name}`, text);
  } catch {
    // A private window keeps nothing.
  }
}
