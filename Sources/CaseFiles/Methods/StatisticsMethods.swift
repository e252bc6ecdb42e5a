/// The reference methods that the statistics module answers, by name.
enum StatisticsMethods {
  static var all: [String: CaseMethod] {
    [
      proportions, stratified, groupSequential, planning, multiplicity, safety, rerandomization,
      survival, continuous, missingData,
    ].reduce(into: [:]) {
      $0.merge($1) { $1 }
    }
  }
}
