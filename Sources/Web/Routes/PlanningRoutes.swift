import Conduct
import Foundation
import Pages
import Reports
import StudyModel

/// Planning in numbers: assumptions, bounds, sizes, and simulations of the whole design.
enum PlanningRoutes {
  // The unblinded statistician has no part in it: what he assumes could tell what he has seen.
  private static let plan = Access.anyOf([.analyse])

  static let all: [Route] = [
    .page("/planning", plan, "Assumptions, bounds, sizes and simulations of the design.") { call in
      .page(try await PlanningPages(call).model().page())
    },
    .page("/planning/simulation", plan, "Asks how to simulate the design.") { call in
      .page(try PlanningPages(call).order().page())
    },
    .act("/planning/simulation", plan, "Starts a simulation of the design.") { call in
      let pages = try PlanningPages(call)
      return try await call.act(pages.start) { faults in
        try pages.order(faults: faults).page()
      }
    },
    .act("/planning/simulation/cancel", plan, "Cancels the simulation of the design.") { call in
      try await call.act {
        try await call.installation.cancelDesignSimulation(as: try call.actor)
        return "/planning?note=stopping"
      } orShow: { faults in
        try await PlanningPages(call).model(faults: faults).page()
      }
    },
    .page("/planning/reports/{number}", plan, "The report of a simulation of the design.") { call in
      .page(try await PlanningPages(call).report().page())
    },
    .page("/planning/reports/{number}/design.csv", plan, "Its figures as CSV.") { call in
      try await PlanningPages(call).csv()
    },
    .page("/planning/reports/{number}/power.svg", plan, "Its picture as a file.") { call in
      try await PlanningPages(call).picture()
    },
  ]
}

extension APIRoutes {
  private static let plan = Access.anyOf([.analyse])

  static let planning: [Route] = [
    .api("GET", "/planning", plan, "What is planned and assumed, and the latest simulation.") {
      call in
      let actor = try call.actor
      return try .json(
        PlanningBody(
          try call.installation.plannedDesign(as: actor),
          try await call.installation.designSimulations(as: actor)))
    },
    .api(
      "POST", "/planning/simulations", plan,
      "Starts a simulation of the design; what is left out is taken from the definition. Shares are texts such as “0.08”.",
      body: [
        .optional("runs", .integer), .optional("key", .integer), .optional("per_arm", .integer),
        .optional("rates", .object), .optional("dropout"), .optional("cluster"),
        .optional("with_looks", .boolean),
      ]
    ) { call in
      let actor = try call.actor
      let order = try PlanningBody.order(
        call.json, try call.installation.plannedDesign(as: actor))
      let number = try await call.installation.startDesignSimulation(order, as: actor)
      return try .json(["simulation": number], status: 201)
    },
    .api("POST", "/planning/simulations/cancel", plan, "Cancels the simulation of the design.") {
      call in
      try await call.installation.cancelDesignSimulation(as: try call.actor)
      return try .json(["status": "stopping"])
    },
    .api(
      "GET", "/planning/simulations/{number}", plan, "The report of a simulation of the design."
    ) { call in
      guard let number = Int(call.parameter("number")) else { throw ActRefusal.notFound }
      return try .json(try await call.installation.designReport(number, as: try call.actor))
    },
    .api(
      "GET", "/planning/simulations/{number}/design.csv", plan,
      "The figures of a simulation of the design as CSV."
    ) { call in
      try await PlanningPages(call).csv()
    },
  ]
}

/// What is planned, and how far the simulations are, as JSON.
struct PlanningBody: Codable {
  struct Run: Codable {
    let simulation: Int
    let stage: String
    let done: Int
    let total: Int
  }

  let planned: DesignOrder
  let simulations: [Run]

  init(_ planned: DesignOrder, _ states: [DesignSimulationState]) {
    self.planned = planned
    simulations = states.map {
      Run(simulation: $0.number, stage: $0.stage.rawValue, done: $0.done, total: $0.total)
    }
  }

  /// The order a body describes over what is planned.
  static func order(_ json: [UInt8], _ planned: DesignOrder) throws(ActRefusal) -> DesignOrder {
    let body = JSONBody(json)
    var order = planned
    if let runs = body?.number("runs") { order.runs = runs }
    if let key = body?.number("key") { order.key = UInt64(max(0, key)) }
    if let size = body?.number("per_arm") { order.perArm = size }
    if let looks = body?.truth("with_looks") { order.withLooks = looks }
    if let dropout = body?["dropout"] { order.dropout = try OrderText.share(dropout, "dropout") }
    if let cluster = body?["cluster"] { order.cluster = try OrderText.cluster(cluster) }
    for (arm, share) in body?.object("rates") ?? [:] {
      guard let text = share as? String else { throw OrderText.notANumber("rates") }
      order.rates[arm] = try OrderText.share(text, "rates")
    }
    return order
  }
}

/// Numbers of an order as people write them.
enum OrderText {
  /// A number with either minus sign or none.
  static func share(_ text: String, _ field: String) throws(ActRefusal) -> Double {
    let plain = text.trimmingCharacters(in: .whitespaces).replacing("\u{2212}", with: "-")
    guard let number = Double(plain), number.isFinite else { throw notANumber(field) }
    return number
  }

  /// `KAP:12:0.03`, or nothing.
  static func cluster(_ text: String) throws(ActRefusal) -> DesignOrder.Cluster? {
    let trimmed = text.trimmingCharacters(in: .whitespaces)
    if trimmed.isEmpty { return nil }
    let parts = trimmed.split(separator: ":", omittingEmptySubsequences: false).map(String.init)
    guard parts.count == 3, let size = Int(parts[1]) else {
      throw .invalid([
        Conduct.Fault(
          field: "cluster", code: "bad_cluster",
          sentence: "Write arm, participants of one provider and correlation, as KAP:12:0.03. "
            + "Nothing was simulated.")
      ])
    }
    return DesignOrder.Cluster(
      arm: parts[0], size: size, correlation: try share(parts[2], "cluster"))
  }

  static func notANumber(_ field: String) -> ActRefusal {
    .invalid([
      Conduct.Fault(
        field: field, code: "not_a_number",
        sentence: "Write a plain number such as 0.08. Nothing was worked out.")
    ])
  }
}
