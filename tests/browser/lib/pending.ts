// Checks of what is not there yet, or is known to be wrong: the check's name, whose it is, and what is missing.
//
// Such a check is run and listed, and its failure is not the run's; as soon as it passes, the run says that its line can go.

export const PENDING: [RegExp, string][] = []
