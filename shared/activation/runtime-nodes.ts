/** The runtime nodes that the serving system reads, below `/all_clients/<client>/` (`docs/serving.md` says who reads each). */
export const RUNTIME_NODES: readonly string[] = [
  'assocrules',
  'mf',
  'mostpopulardim',
  'tagaffinity',
  'userclusters',
  'word2vec',
];
