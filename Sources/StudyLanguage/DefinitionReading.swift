import StudyModel
import Yams

extension DefinitionReader {
  static let parts = [
    "study", "arms", "roles", "incompatible_roles", "sites", "visits", "instruments", "forms",
    "randomization", "hypotheses", "lock", "texts",
  ]
  static let furtherParts = [
    "ever_unblinded_excludes_blinded", "primary_endpoint", "analysis", "sample_size", "interim",
    "alerts",
    "safety_clocks", "deviations", "samples", "lifecycles", "populations", "estimands",
    "secondary_endpoints", "visibility", "monitoring", "questionnaires", "ratings",
    "access_review",
  ]

  static let allParts = parts + furtherParts

  /// The whole definition, or nil when a part without which there is none could not be read.
  mutating func study(_ root: Node) -> StudyDefinition? {
    guard let keyed = keyed(root, "the definition", needs: Self.parts, may: Self.furtherParts)
    else { return nil }
    refuseHiddenCharacters(in: root)
    for kind in NameKind.allCases where kind != .factor {
      refuseRepeats(in: keyed.entries[kind.listed.list], key: kind.listed.key, kind.rawValue)
    }
    let identity = keyed.entries["study"].flatMap { self.identity($0) }
    let arms = list(keyed, "arms") { reader, node in reader.arm(node) }
    checkShares(keyed, arms)
    let roles = list(keyed, "roles") { reader, node in reader.role(node) }
    let pairs = incompatiblePairs(keyed, roles)
    let sites = list(keyed, "sites") { reader, node in reader.site(node) }
    let visits = self.visits(keyed)
    let instruments = list(keyed, "instruments") { reader, node in reader.instrument(node) }
    let written = list(keyed, "forms") { reader, node in reader.form(node, instruments) }
    let plan = keyed.entries["randomization"].flatMap {
      self.randomization($0, arms, sites, written)
    }
    let endpoint = keyed.entries["primary_endpoint"].flatMap { self.primaryEndpoint($0) }
    let analysis = keyed.entries["analysis"].flatMap { self.analysis($0, written) }
    let hypotheses = self.hypotheses(keyed)
    let sampleSize = keyed.entries["sample_size"].flatMap { self.sampleSize($0) }
    let interim = keyed.entries["interim"].flatMap { self.interim($0) }
    let lock = keyed.entries["lock"].flatMap { self.lock($0, roles) }
    let texts = list(keyed, "texts") { reader, node in reader.requiredText(node) }
    let alerts = list(keyed, "alerts") { reader, node in reader.alertPlan(node, written) }
    let clocks = list(keyed, "safety_clocks") { reader, node in
      reader.safetyClock(node, written, hasZone: reader.hasSponsorZone)
    }
    let deviations = list(keyed, "deviations") { reader, node in
      reader.deviationType(node, written)
    }
    let samples = list(keyed, "samples") { reader, node in reader.sample(node, written) }
    let lifecycles = list(keyed, "lifecycles") { reader, node in reader.lifecycle(node) }
    let populations = self.populations(keyed)
    let estimands = list(keyed, "estimands") { reader, node in reader.estimand(node) }
    let endpoints = list(keyed, "secondary_endpoints") { reader, node in
      reader.secondaryEndpoint(node)
    }
    let visibility = list(keyed, "visibility") { reader, node in reader.visibilityGroup(node) }
    let monitoring = keyed.entries["monitoring"].flatMap { self.monitoring($0) }
    let questionnaires = keyed.entries["questionnaires"].flatMap { self.questionnaires($0) }
    let ratings = keyed.entries["ratings"].flatMap { self.ratings($0) }
    let accessReview = keyed.entries["access_review"].flatMap { self.accessReview($0) }
    let table = FieldTable(
      forms: written, instruments: instruments, names: names,
      arms: names.listed(.arm).compactMap { try? ArmCode(parsing: $0) },
      visits: names.listed(.visit).compactMap { try? VisitCode(parsing: $0) },
      populations: populations)
    if !isAdmitted {
      checkFormulas(table)
      checkForms(keyed, written, roles, visits, table)
      checkSiteForms(
        keyed, written, visits, alerts: alerts, clocks: clocks, deviations: deviations)
      checkRoles(keyed, roles)
      checkAlerts(keyed, alerts, instruments, written, roles)
      checkClocks(keyed, clocks, written, roles)
      checkPopulations(keyed, populations, table)
      checkLifecycleClasses(keyed, lifecycles, table)
      checkVisibility(keyed, visibility, written, roles)
      checkPrompts(table)
      checkSettings(written)
      checkReach(keyed, visits, lock)
      checkSources(keyed, plan, visits, table)
      checkPreconditions(keyed, plan, written, visits, table)
      checkEndpoints(keyed, endpoint, endpoints, visits, table)
      checkAdverseEvents(keyed, analysis, table)
      checkNumbers(keyed, sampleSize, arms, plan, hypotheses)
      checkLooks(keyed, interim, plan, lock, hypotheses)
    }
    guard let identity, let plan, let lock else { return nil }
    let study = StudyDefinition(
      key: identity.key, protocolNumber: identity.protocolNumber, version: identity.version,
      title: identity.title, sponsorContact: identity.sponsorContact, arms: arms, roles: roles,
      incompatibleRoles: pairs,
      everUnblindedExcludesBlinded: truth(keyed, "ever_unblinded_excludes_blinded", else: true),
      sites: sites, visits: visits, forms: written.map { $0.classified(by: table, roles) },
      instruments: instruments, randomization: plan, primaryEndpoint: endpoint,
      analysis: analysis, hypotheses: hypotheses, sampleSize: sampleSize, interim: interim,
      lock: lock, texts: texts, alerts: alerts, clocks: clocks, deviations: deviations,
      samples: samples, lifecycles: lifecycles,
      populations: populations, estimands: estimands, secondaryEndpoints: endpoints,
      visibility: visibility, monitoring: monitoring, questionnaires: questionnaires,
      ratings: ratings, accessReview: accessReview, sponsorZone: identity.zone)
    if !isAdmitted { checkWaiting(keyed, study) }
    return study
  }

  private mutating func identity(_ node: Node) -> StudyIdentity? {
    guard
      let keyed = keyed(
        node, "the study", needs: ["key", "protocol", "version", "title", "sponsor_contact"],
        may: ["zone"])
    else { return nil }
    hasSponsorZone = keyed.has("zone")
    let zone = self.zone(keyed)
    guard let key = text(keyed, "key"), let number = text(keyed, "protocol"),
      let version = text(keyed, "version"), let title = text(keyed, "title"),
      let contact = text(keyed, "sponsor_contact")
    else { return nil }
    let isPlain = key.utf8.allSatisfy {
      (0x61...0x7A).contains($0) || (0x30...0x39).contains($0) || $0 == UInt8(ascii: "-")
    }
    guard isPlain, key.utf8.count <= 40 else {
      report(
        "“key” of the study has small letters, digits and dashes only.",
        at: keyed.entries["key"].map { Place($0) } ?? keyed.place)
      return nil
    }
    return StudyIdentity(
      key: key, protocolNumber: number, version: version, title: title, sponsorContact: contact,
      zone: zone)
  }

  private mutating func requiredText(_ node: Node) -> RequiredText? {
    guard let keyed = keyed(node, "a text", needs: ["id", "text"]), let id = text(keyed, "id"),
      let text = text(keyed, "text")
    else { return nil }
    return RequiredText(id: id, text: text)
  }
}

/// The first lines of a definition.
private struct StudyIdentity {
  let key: String
  let protocolNumber: String
  let version: String
  let title: String
  let sponsorContact: String
  let zone: String?
}

extension Form {
  /// The form with the class of every check and computed field worked out from what it reads.
  fileprivate func classified(by table: FieldTable, _ roles: [Role]) -> Form {
    let owner = FieldOwner.form(id)
    let isOpenToUnblinded = roles.contains { enteredBy.contains($0.id) && $0.blinding.knowsArms }
    return Form(
      id: id, title: title, dataClass: dataClass, visits: visits, enteredBy: enteredBy,
      signedBy: signedBy, signatureMeaning: signatureMeaning, instrument: instrument,
      sections: sections.map { section in
        FormSection(
          title: section.title,
          fields: section.fields.map {
            $0.classified(in: self, by: table, isOpenToUnblinded: isOpenToUnblinded)
          })
      }, batteryDiffersBecause: batteryDiffersBecause, isRepeating: isRepeating,
      checks: checks.map { check in
        // What a reason declassifies is shown to whoever reads the form.
        let inputs = table.dataClass(of: check.condition, for: owner)
        return EditCheck(
          code: check.code, kind: check.kind, condition: check.condition, sentence: check.sentence,
          field: check.field,
          inputClass: check.declassifiedBecause == nil ? inputs : min(inputs, dataClass),
          prompt: check.prompt, declassifiedBecause: check.declassifiedBecause,
          sets: check.sets, afterHours: check.afterHours)
      }, withdrawalLevel: withdrawalLevel, disclosure: disclosure, arms: arms, planned: planned,
      subject: subject, followUp: followUp)
  }
}

extension Field {
  // A computed value is as guarded as its most guarded input, unless the author says otherwise. The
  // reason why nothing was done is free text: it takes the class of the most knowing writer.
  fileprivate func classified(
    in form: Form, by table: FieldTable, isOpenToUnblinded: Bool
  ) -> Field {
    guard dataClass == nil else { return self }
    if let calculation {
      return with(
        dataClass: max(table.dataClass(of: calculation, for: .form(form.id)), form.dataClass))
    }
    guard id.text == FormHeader.reasonField, isOpenToUnblinded else { return self }
    return with(dataClass: max(.treatment, form.dataClass))
  }

  private func with(dataClass: DataClass) -> Field {
    Field(
      id: id, label: label, hint: hint, type: type, unit: unit, required: required,
      calculation: calculation, dataClass: dataClass, declassifiedBecause: declassifiedBecause,
      mayLieAhead: mayLieAhead)
  }
}
