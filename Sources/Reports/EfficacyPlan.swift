public import Statistics
public import StudyModel

/// The looks that test efficacy as a definition plans them: information, error, and how it is spent.
public enum EfficacyPlan {
  /// The planned information of every such look and of the end, which is 1.
  public static func fractions(_ definition: StudyDefinition) -> [Double] {
    fractions(definition.interim?.looks ?? [])
  }

  private static func fractions(_ looks: [InterimLook]) -> [Double] {
    looks.filter(\.isEfficacy)
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
      alphaOneSided: alpha(of: hypothesis),
      informationFractions: fractions ?? Self.fractions(definition))
  }

  private static func design(
    _ plan: InterimPlan, _ hypothesis: StudyModel.Hypothesis
  ) throws(StatisticsRefusal) -> GroupSequentialDesign {
    try GroupSequentialDesign(
      spending: SpendingFunction(plan.spending), alphaOneSided: alpha(of: hypothesis),
      informationFractions: fractions(plan.looks))
  }

  private static func alpha(of hypothesis: StudyModel.Hypothesis) -> Double {
    Double(hypothesis.alphaOneSided.text(decimals: 12)) ?? 0.025
  }

  /// Where the boundaries stated in a definition are not those that follow from its looks, in sentences.
  public static func disagreements(_ definition: StudyDefinition) -> [String] {
    definition.interim.map { disagreements($0, definition.hypotheses).map(\.sentence) } ?? []
  }

  /// The same of an interim plan, with the place of each.
  ///
  /// A stated number agrees when the computed one rounds to it at as many decimals as it is written with.
  public static func disagreements(
    _ plan: InterimPlan, _ hypotheses: [StudyModel.Hypothesis]
  ) -> [BoundaryDisagreement] {
    guard !plan.boundaries.isEmpty, let first = hypotheses.min(by: { $0.order < $1.order })
    else { return [] }
    let design: GroupSequentialDesign
    do {
      design = try Self.design(plan, first)
    } catch {
      return [
        BoundaryDisagreement(sentence: "The boundaries of “interim” cannot be computed. \(error)")
      ]
    }
    return plan.boundaries.enumerated().flatMap { index, stated -> [BoundaryDisagreement] in
      let information = stated.information.text(decimals: 9)
      guard
        let look = design.informationFractions.firstIndex(where: { Double(information) == $0 })
      else {
        return [
          BoundaryDisagreement(
            index: index, key: "information",
            sentence:
              "“boundaries” of “interim” states one at information \(information), where no look tests "
              + "efficacy.")
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
        return BoundaryDisagreement(
          index: index, key: key,
          sentence:
            "“\(key)” at information \(information) is stated as \(written); by “spending” "
            + "(\(plan.spending.text)) it is \(Wording.decimal(computed, places: max(places, 4))).")
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
