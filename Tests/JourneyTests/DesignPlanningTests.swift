import Foundation
import Reports
import Store
import StudyModel
import Testing

@testable import Conduct

/// Planning in numbers: a simulation of the whole design, followed, cancelled and kept.
@Suite(.serialized) struct DesignPlanningTests {
  @Test func `a simulation of the design is kept, told and repeated by its key`() async throws {
    try await ReferenceTrial.run { world in
      let office = world.installation
      let statistician = try await world.actor("statistician")
      var order = try office.plannedDesign(as: statistician)
      #expect(order.perArm == 300 && order.rates["KAP"] == 0.62)
      order.runs = 200
      order.perArm = 60
      let number = try await office.simulateDesign(order, as: statistician)
      let report = try await office.designReport(number, as: statistician)
      #expect(report.tests.map(\.id) == ["H1", "H2", "H3", "H4", "H5"])
      #expect(report.order == order && report.looks.count == 2)
      // The same order and key from another daemon give the same report.
      let again = try await world.anotherDaemonClosing { other in
        let second = try await other.simulateDesign(order, as: statistician)
        return try await other.designReport(second, as: statistician)
      }
      #expect(again == report)
      let states = try await office.designSimulations(as: statistician)
      #expect(states.map(\.stage) == [.finished, .finished])
      // Who did what stands in the audit trail, with the digest of the report.
      let kept = try world.direct().text(
        "select report from open.design_simulations where simulation = 1")
      let noted = try world.direct().text(
        "select new from open.audit where action = 'design simulation finished' order by seq limit 1"
      )
      #expect(Digests.sha256(of: Array(kept.utf8)) == noted)
      // A definition with a boundary that does not follow from its looks is not loaded.
      let source = try #require(EmbeddedStudies.definition("kap-ect"))
      let refused = await refusal {
        try await office.loadStudy(
          source.replacing("critical: 2.963", with: "critical: 2.863"), mode: .simulation,
          key: "misstated")
      }
      #expect(refused?.code == "boundaries_differ")
      #expect(try await !office.trials().contains { $0.key == "misstated" })
    }
  }

  @Test func `nobody but the blinded statistician plans, and no login writes the table`()
    async throws
  {
    try await ReferenceTrial.run { world in
      let office = world.installation
      for role in ["stat_unblinded", "data_manager", "sponsor_lead", "rand_manager"] {
        let actor = try await world.actor(role)
        #expect(await refusal { try await office.designSimulations(as: actor) } == .notFound)
        #expect(
          await refusal {
            try await office.startDesignSimulation(
              try DesignOrder(actor.definition), as: actor)
          } == .notFound, "\(role)")
      }
      for login in ["eq_outcome", "eq_committee", "eq_open", "eq_treating"] {
        let direct = try world.direct(login)
        #expect(
          direct.refusal(of: "update open.design_simulations set done = 1") == "42501", "\(login)")
      }
    }
  }

  @Test func `one runs at a time, can be cancelled from another daemon, and is ended once`()
    async throws
  {
    try await ReferenceTrial.run { world in
      let office = world.installation
      let statistician = try await world.actor("statistician")
      var order = try office.plannedDesign(as: statistician)
      order.runs = 300_000
      let number = try await office.startDesignSimulation(order, as: statistician)
      #expect(
        await refusal { try await office.startDesignSimulation(order, as: statistician) }?.code
          == "simulation_running")
      try await world.anotherDaemonClosing { other in
        let latest = { try await other.designSimulations(as: statistician).last }
        try await eventually { (try await latest()?.done ?? 0) > 0 }
        let seen = try await latest()
        #expect(seen?.number == number && seen?.stage == .running && (seen?.done ?? 0) > 0)
        try await other.cancelDesignSimulation(as: statistician)
        try await eventually { try await latest()?.stage == .cancelled }
      }
      #expect(
        await refusal { try await office.designReport(number, as: statistician) } == .notFound)
      #expect(
        await refusal { try await office.cancelDesignSimulation(as: statistician) }?.code
          == "no_simulation_running")
      let owner = try world.direct()
      #expect(owner.refusal(of: "delete from open.design_simulations") != nil)
    }
  }

  @Test func `an order that cannot be carried out is refused with its field`() async throws {
    try await ReferenceTrial.run { world in
      let statistician = try await world.actor("statistician")
      let planned = try world.installation.plannedDesign(as: statistician)
      for field in ["runs", "per_arm", "dropout", "rates", "cluster", "too many"] {
        var order = planned
        switch field {
        case "runs": order.runs = 99
        case "per_arm": order.perArm = 1
        case "dropout": order.dropout = 1
        case "rates": order.rates["KAP"] = 1
        case "cluster": order.cluster = .init(arm: "KAP", size: 12, correlation: 1)
        default: order.runs = 10_000_000
        }
        let asked = order
        let found = await refusal {
          try await world.installation.startDesignSimulation(asked, as: statistician)
        }
        #expect(fields(of: found) == [field == "too many" ? "runs" : field], "\(field)")
      }
      #expect(try await world.installation.designSimulations(as: statistician).isEmpty)
    }
  }
}
