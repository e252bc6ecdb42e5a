/// The texts that tell the server how to run and whom to admit.
struct ServerSettings: Sendable {
  let layout: ClusterLayout
  let socketDirectory: String

  /// What protects the data and the blinding.
  ///
  /// Given on the command line, where neither the operator's file nor ALTER SYSTEM can undo it.
  var guarded: [(name: String, value: String)] {
    [
      ("config_file", layout.mainSettings),
      ("hba_file", layout.accessRules),
      ("ident_file", layout.identityMap),
      ("listen_addresses", ""),
      ("port", String(ClusterLayout.port)),
      ("unix_socket_directories", socketDirectory),
      ("unix_socket_permissions", "0700"),
      ("fsync", "on"),
      ("full_page_writes", "on"),
      ("data_sync_retry", "off"),
      // Who copies the files could have rows decoded otherwise, and fill the disk with what a copy waits for.
      ("wal_level", "replica"),
      ("max_slot_wal_keep_size", "1GB"),
      // Names every process of this cluster, so that one left behind can be told from others.
      ("cluster_name", layout.clusterName),
      ("update_process_title", "on"),
      ("shared_preload_libraries", ""),
      // Statements and their values would carry outcomes and arms into a file of no class.
      ("log_statement", "none"),
      // Whoever connects stands in the log, however briefly: the daemon looks only now and then.
      ("log_connections", "on"),
      ("log_disconnections", "on"),
      ("log_min_error_statement", "panic"),
      ("log_error_verbosity", "terse"),
      ("log_parameter_max_length", "0"),
      ("log_parameter_max_length_on_error", "0"),
    ]
  }

  /// The server's command line after the program's name.
  var arguments: [String] {
    ["-D", layout.data] + guarded.flatMap { ["-c", "\($0.name)=\($0.value)"] }
  }

  /// How the server itself records that command line; a server that runs with another one is
  /// not adopted.
  func recordedOptions(program: String) -> String {
    program + arguments.map { " \"\($0)\"" }.joined() + "\n"
  }

  /// The main settings file; the operator's own is read first, so the last word is here.
  var main: String {
    """
    # Written at each start. Settings of your own belong in local.conf, which is read first.
    include_if_exists = 'local.conf'

    # A commit answers only once it is on disk.
    synchronous_commit = on
    restart_after_crash = on
    ssl = off

    # The log: one file a day, a week kept.
    logging_collector = on
    log_destination = 'stderr'
    log_directory = '\(Self.quoted(layout.log))'
    log_filename = 'postgresql-%a.log'
    log_file_mode = 0600
    log_truncate_on_rotation = on
    log_rotation_age = 1d
    log_rotation_size = 0
    log_line_prefix = '%m [%p] '
    log_timezone = 'UTC'
    log_min_duration_statement = -1
    log_min_duration_sample = -1
    log_transaction_sample_rate = 0
    log_duration = off
    debug_print_parse = off
    debug_print_rewritten = off
    debug_print_plan = off
    session_preload_libraries = ''
    local_preload_libraries = ''

    # The same text everywhere, whatever the machine is set to.
    timezone = 'UTC'
    datestyle = 'ISO, YMD'
    lc_messages = 'C'
    default_text_search_config = 'pg_catalog.simple'

    """
  }

  /// The operator's file as first written: sizes for a small machine, free to change.
  static let firstLocal = """
    # Settings for this machine. Written once, then yours; read at each start of the server.
    # What protects the data and the blinding cannot be changed here.
    max_connections = 64
    shared_buffers = 128MB
    effective_cache_size = 512MB
    work_mem = 8MB
    maintenance_work_mem = 64MB
    max_wal_size = 512MB
    min_wal_size = 80MB
    checkpoint_timeout = 5min
    jit = off

    """

  /// One rule: a Unix socket, and the kernel's word for who connects; copies of the files, which no rule for all
  /// databases means, alike.
  static let access = """
    local all all peer map=equipoise
    local replication all peer map=equipoise

    """

  /// The daemon's system user may log in as each of the roles, nobody else as any.
  static func identities(systemUser: String, roles: [String]) -> String {
    roles.map { "equipoise \"\(systemUser)\" \"\($0)\"\n" }.joined()
  }

  /// A quotation mark inside a quoted setting is doubled.
  private static func quoted(_ text: String) -> String {
    text.map { $0 == "'" ? "''" : String($0) }.joined()
  }
}
