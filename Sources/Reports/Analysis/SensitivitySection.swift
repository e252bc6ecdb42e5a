import Statistics
import StudyModel

/// The primary comparisons under other assumptions.
enum SensitivitySection {
  static func section(_ trial: AnalysedTrial, _ imputed: ImputedTrial?) -> ReportSection {
    var section = ReportSection(id: "sensitivity", title: "Sensitivity of the primary comparisons")
    section.tables = [
      imputation(trial, imputed, &section), standardized(trial, &section),
      raters(trial, &section), clustering(trial, &section),
    ].compactMap(\.self)
    return section
  }

  private static func imputation(
    _ trial: AnalysedTrial, _ imputed: ImputedTrial?, _ section: inout ReportSection
  ) -> ReportTable? {
    guard let imputed else {
      section.refusals.append(
        "Multiple imputation: an arm has too few scores that are known. No values were imputed.")
      return nil
    }
    var rows: [[ReportCell]] = []
    for pair in trial.pairs {
      do throws(StatisticsRefusal) {
        let pool = try imputed.pooled(pair)
        let interval = try pool.asEstimate.interval()
        let missing = Wording.decimal(100 * pool.fractionMissing)
        rows.append(
          ComparisonRows.row(
            pair.label, "\(missing) % of the information missing", pool.estimate, interval))
      } catch {
        section.refuse("Multiple imputation, \(pair.label)", error)
      }
    }
    return ReportTable(
      id: "imputation", caption: "Missing scores imputed within arms",
      columns: ComparisonRows.columns.enumerated().map {
        $0.offset == 1 ? .words("Missing information") : $0.element
      }, rows: rows,
      trace: trial.trace(
        "\(trial.plan.imputations) data sets; the score at follow-up by linear regression on the baseline score and strata within each arm, Rubin (1987), example 5.1; Mantel-Haenszel difference with Sato's variance in each, pooled by Rubin's rules. Key of the values: \(trial.source.provenance.randomKey).",
        trial.setName(trial.plan.fullSet), trial.fullSet.count))
  }

  private static func standardized(
    _ trial: AnalysedTrial, _ section: inout ReportSection
  ) -> ReportTable? {
    let strata = Set(trial.fullSet.map(\.stratum)).sorted()
    let known = trial.fullSet.compactMap { person -> BinaryRow? in
      guard let outcome = person.outcome, let baseline = person.baseline else { return nil }
      return BinaryRow(
        arm: person.arm, isResponder: outcome,
        covariates: [baseline] + strata.dropFirst().map { $0 == person.stratum ? 1 : 0 })
    }
    var rows: [[ReportCell]] = []
    do throws(StatisticsRefusal) {
      let model = try StandardizedDifference(known)
      for pair in trial.pairs {
        guard let found = model.difference(pair.first, pair.second) else { continue }
        rows.append(
          ComparisonRows.row(
            pair.label, "\(known.count) in the model", found.estimate, try found.interval()))
      }
    } catch {
      section.refuse("Covariate-standardized difference", error)
      return nil
    }
    return ReportTable(
      id: "standardized", caption: "Standardized to the covariates of everybody",
      columns: ComparisonRows.columns, rows: rows,
      trace: trial.trace(
        "Logistic regression of response on arm, baseline score and strata; mean predicted probability of everybody in each arm; variance by the influence function. Moore and van der Laan (2009), Stat. Med. 28, 39-64.",
        "\(trial.setName(trial.plan.fullSet)), endpoint known", known.count))
  }

  private static func raters(
    _ trial: AnalysedTrial, _ section: inout ReportSection
  ) -> ReportTable? {
    guard trial.plan.raterUnblinded != nil, trial.source.holdsTreatment else { return nil }
    let kept = trial.fullSet.filter { !$0.isRaterUnblinded }
    let left = trial.fullSet.count - kept.count
    return score(
      trial, kept, id: "raters", caption: "Without participants whose rater had learnt the arm",
      population: "\(trial.setName(trial.plan.fullSet)) without \(left) rated by somebody who knew",
      &section)
  }

  /// The primary method in other people.
  static func score(
    _ trial: AnalysedTrial, _ people: [AnalysedParticipant], id: String, caption: String,
    population: String, _ section: inout ReportSection
  ) -> ReportTable {
    var rows: [[ReportCell]] = []
    let records = trial.records(people)
    for pair in trial.pairs {
      do throws(StatisticsRefusal) {
        let found = try ComparisonRows.score(pair, records, trial.source.arms)
        rows.append(ComparisonRows.row(pair.label, found.counts, found.estimate, found.interval))
      } catch {
        section.refuse("\(caption), \(pair.label)", error)
      }
    }
    return ReportTable(
      id: id, caption: caption, columns: ComparisonRows.columns, rows: rows,
      trace: trial.trace(
        ComparisonRows.scoreMethod, population, records.count { $0.isResponder != nil }))
  }

  private static func clustering(
    _ trial: AnalysedTrial, _ section: inout ReportSection
  ) -> ReportTable? {
    guard trial.plan.cluster != nil, trial.source.holdsTreatment else { return nil }
    let known = trial.fullSet.filter { $0.outcome != nil }
    var rows: [[ReportCell]] = []
    for pair in trial.pairs {
      let first = known.filter { $0.arm == pair.first }
      let treated = Dictionary(grouping: first.filter { $0.cluster != nil }) { $0.cluster ?? "" }
      guard !treated.isEmpty else { continue }
      // Whoever had no provider stands alone.
      let clusters =
        treated.keys.sorted().map { sample(treated[$0] ?? []) }
        + first.filter { $0.cluster == nil }.map { sample([$0]) }
      do throws(StatisticsRefusal) {
        let found = try ClusteredDifference(
          clusters: clusters, other: sample(known.filter { $0.arm == pair.second }))
        var row = ComparisonRows.row(
          pair.label, "\(treated.count) providers", found.estimate.estimate,
          try found.estimate.interval())
        row.append(cell(found.intraclassCorrelation))
        row.append(cell(found.designEffect))
        rows.append(row)
      } catch {
        section.refuse("Clustering by provider, \(pair.label)", error)
      }
    }
    guard !rows.isEmpty else { return nil }
    return ReportTable(
      id: "clustering", caption: "With participants of one provider alike (partially nested)",
      columns: ComparisonRows.columns + [
        .numbers("Intraclass correlation"), .numbers("Design effect"),
      ], rows: rows,
      trace: trial.trace(
        "Difference of proportions, variance between providers in the first arm, degrees of freedom by Satterthwaite; Roberts and Roberts (2005), Clinical Trials 2, 152-162. Not stratified.",
        "\(trial.setName(trial.plan.fullSet)), endpoint known", known.count))
  }

  private static func sample(_ people: [AnalysedParticipant]) -> BinomialSample {
    BinomialSample(responders: people.count { $0.outcome == true }, total: people.count)
  }

  private static func cell(_ value: Double?) -> ReportCell {
    value.map { ReportCell($0, Wording.decimal($0, places: 3)) } ?? ReportCell("–")
  }
}
