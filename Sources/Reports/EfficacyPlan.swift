public import Statistics
public import StudyModel

/// The looks that test efficacy as a definition plans them: information, error, and how it is spent.
public enum EfficacyPlan {
  /// The planned information of every such look and of the end, which is 1.
  public static func fractions(_ definition: StudyDefinition) -> [Double] {
    (definition.interim?.looks ?? []).filter(\.isEfficacy)
      .compactMap { $0.information.flatMap { Double($0.text(decimals: 9)) } }
      .filter { $0 < 1 } + [1]
  }

  /// How the error is spent; of the O'Brien-Fleming type where no look is planned.
  public static func spending(_ definition: StudyDefinition) -> SpendingFunction {
    definition.interim.map { SpendingFunction($0.spending) } ?? .obrienFleming
  }

  /// The bounds of one hypothesis at every planned look.
  /// - Parameter fractions: the information of the looks, when others than the planned ones are asked.
  public static func design(
    _ definition: StudyDefinition, _ hypothesis: StudyModel.Hypothesis,
    at fractions: [Double]? = nil
  ) throws(StatisticsRefusal) -> GroupSequentialDesign {
    try GroupSequentialDesign(
      spending: spending(definition),
      alphaOneSided: Double(hypothesis.alphaOneSided.text(decimals: 12)) ?? 0.025,
      informationFractions: fractions ?? Self.fractions(definition))
  }

  /// Where the boundaries stated in a definition are not those that follow from its looks, in sentences.
  ///
  /// A stated number agrees when the computed one rounds to it at as many decimals as it is written with.
  public static func disagreements(_ definition: StudyDefinition) -> [String] {
    guard let plan = definition.interim, !plan.boundaries.isEmpty,
      let first = definition.hypotheses.min(by: { $0.order < $1.order })
    else { return [] }
    let design: GroupSequentialDesign
    do {
      design = try Self.design(definition, first)
    } catch {
      return ["The boundaries of “interim” cannot be computed. \(error)"]
    }
    return plan.boundaries.flatMap { stated -> [String] in
      let information = stated.information.text(decimals: 9)
      guard
        let look = design.informationFractions.firstIndex(where: { Double(information) == $0 })
      else {
        return [
          "“boundaries” of “interim” states one at information \(information), where no look tests efficacy."
        ]
      }
      let pairs = [
        ("critical", stated.critical, design.bounds[look]),
        ("cumulative_alpha", stated.cumulativeAlpha, design.cumulativeAlpha[look]),
      ]
      return pairs.compactMap { key, number, computed in
        let written = number.text(decimals: 12)
        let decimals = written.split(separator: ".").dropFirst().first?.count ?? 0
        let places = max(decimals, 2)
        let unit = (0..<places).reduce(1.0) { size, _ in size / 10 }
        guard abs((Double(written) ?? 0) - computed) > 0.5000001 * unit else { return nil }
        return
          "“\(key)” at information \(information) is stated as \(written); by “spending” "
          + "(\(plan.spending.text)) it is \(Wording.decimal(computed, places: max(places, 4)))."
      }
    }
  }
}

extension SpendingFunction {
  /// The function that a definition names.
  public init(_ rule: SpendingRule) {
    func plain(_ number: ExactNumber) -> Double { Double(number.text(decimals: 18)) ?? 0 }
    switch rule {
    case .obrienFleming: self = .obrienFleming
    case .pocock: self = .pocock
    case .kimDeMets(let rho): self = .kimDeMets(rho: plain(rho))
    case .hwangShihDeCani(let gamma): self = .hwangShihDeCani(gamma: plain(gamma))
    }
  }
}
