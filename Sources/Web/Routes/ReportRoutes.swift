enum ReportRoutes {
  static let all: [Route] = []
}
