export const keyvGet = { name: 'k', about: '', prepare: () => ({ cases: [] }), goals: [] };
export const keyvSet = keyvGet;
