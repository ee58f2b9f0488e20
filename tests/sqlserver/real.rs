//! A real SQL Server, where `DEPOTRU_TEST_SQLSERVER` holds an ADO connection string of a login
//! that may create databases and logins: `server=localhost,1433;user id=sa;password=…`.
//! Everything happens in the database `depotru_pruebas`. `docs/sqlserver.md` tells how to start
//! a server for it.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use chrono::NaiveDate;
use depotru::engine::sqlserver::{
    FaultKind, Login, PoolState, RightsLevel, ServerSettings, SqlServerEngine, Tls, TlsTrust,
};
use depotru::engine::{Chunk, Engine, EngineError, Limits};
use depotru::model::schema::{COLUMNS, SqlType};
use futures::StreamExt;
use secrecy::SecretString;
use tokio_util::compat::TokioAsyncWriteCompatExt;
use tokio_util::sync::CancellationToken;

use crate::tds::client::{Collected, gather, judged};

const DATABASE: &str = "depotru_pruebas";
const READER: &str = "depotru_lector";
const READER_PASSWORD: &str = "Lector-de-pruebas-7";

/// The parts of an ADO connection string that are used here.
fn parts(ado: &str) -> BTreeMap<String, String> {
    let pairs = ado.split(';').filter_map(|pair| pair.split_once('='));
    pairs.map(|(key, value)| (key.trim().to_lowercase(), value.trim().to_string())).collect()
}

fn given() -> Option<ServerSettings> {
    let parts = parts(&std::env::var("DEPOTRU_TEST_SQLSERVER").ok()?);
    let part = |names: &[&str]| names.iter().find_map(|name| parts.get(*name)).cloned();
    let server = part(&["server", "data source", "address"]).expect("server=…");
    let server = server.trim_start_matches("tcp:");
    let (host, port) = server.split_once(',').unwrap_or((server, "1433"));
    let user = part(&["user id", "uid", "user"]).expect("user id=…");
    let password = part(&["password", "pwd"]).expect("password=…");
    let login = Login::Password { user, password: password.into() };
    let mut settings = ServerSettings::new(host, DATABASE, login);
    settings.port = Some(port.parse().expect("a port"));
    settings.tls = Tls::TrustAnything;
    Some(settings)
}

/// Runs T-SQL as the administrator, beside the engine and without TLS.
struct Admin(tiberius::Client<tokio_util::compat::Compat<tokio::net::TcpStream>>);

impl Admin {
    async fn of(settings: &ServerSettings, database: &str) -> Admin {
        let Login::Password { user, password } = &settings.login else { panic!("a password") };
        let mut config = tiberius::Config::new();
        config.encryption(tiberius::EncryptionLevel::NotSupported);
        config.authentication(tiberius::AuthMethod::sql_server(user, exposed(password)));
        config.database(database);
        let address = (settings.host.as_str(), settings.port.unwrap_or(1433));
        let tcp = tokio::net::TcpStream::connect(address).await.expect("TCP");
        Admin(tiberius::Client::connect(config, tcp.compat_write()).await.expect("the administrator's login"))
    }

    async fn run(&mut self, sql: &str) -> Vec<tiberius::Row> {
        self.attempt(sql).await.unwrap_or_else(|error| panic!("{sql}: {error}"))
    }

    async fn attempt(&mut self, sql: &str) -> Result<Vec<tiberius::Row>, tiberius::error::Error> {
        self.0.simple_query(sql).await?.into_first_result().await
    }
}

fn exposed(secret: &SecretString) -> &str {
    secrecy::ExposeSecret::expose_secret(secret)
}

fn day(year: i32, month: u32, day: u32) -> NaiveDate {
    NaiveDate::from_ymd_opt(year, month, day).expect("a day")
}

/// The database, its tables and its reader, made anew.
async fn set_up(settings: &ServerSettings) -> Admin {
    let mut master = Admin::of(settings, "master").await;
    if master.run(&format!("SELECT DB_ID('{DATABASE}')")).await[0].get::<i16, _>(0).is_some() {
        // Ends whatever uses it; a server that cannot, drops it when nobody does.
        let _ = master
            .attempt(&format!("ALTER DATABASE {DATABASE} SET SINGLE_USER WITH ROLLBACK IMMEDIATE"))
            .await;
        master.run(&format!("DROP DATABASE {DATABASE}")).await;
    }
    master.run(&format!("CREATE DATABASE {DATABASE}")).await;
    master
        .run(&format!(
            "IF SUSER_ID('{READER}') IS NULL \
             CREATE LOGIN {READER} WITH PASSWORD = '{READER_PASSWORD}'"
        ))
        .await;
    let mut admin = Admin::of(settings, DATABASE).await;
    let columns: Vec<String> = COLUMNS
        .iter()
        .map(|column| match column.sql_type {
            SqlType::Int => format!("[{}] int", column.name),
            SqlType::Date => format!("[{}] date", column.name),
            SqlType::Decimal(precision, scale) => format!("[{}] decimal({precision},{scale})", column.name),
            SqlType::NVarChar(length) => format!("[{}] nvarchar({length})", column.name),
        })
        .collect();
    admin.run(&format!("CREATE TABLE dbo.banco_datos ({})", columns.join(", "))).await;
    admin
        .run(
            "INSERT INTO dbo.banco_datos (VentaID, Fecha, DocumentosCodigo, NumeroDocumento, TotalSinIva, \
             TotalMasIva, marca) SELECT n, DATEADD(DAY, n % 365, '20240101'), 'FV', n / 3, n * 1.5, n * 1.785, \
             CONCAT(N'Marca ñ ', n % 7) FROM (SELECT TOP (5000) CAST(ROW_NUMBER() OVER (ORDER BY a.object_id) AS int) \
             AS n FROM sys.all_objects AS a CROSS JOIN sys.all_objects AS b) AS numeros",
        )
        .await;
    admin.run("CREATE TABLE dbo.grande (VentaID int, Fecha date, marca nvarchar(100))").await;
    admin
        .run(
            "INSERT INTO dbo.grande SELECT TOP (1000000) ROW_NUMBER() OVER (ORDER BY a.object_id), '20240101', \
             REPLICATE(N'ñ', 60) FROM sys.all_objects AS a CROSS JOIN sys.all_objects AS b",
        )
        .await;
    admin.run(TYPES).await;
    admin.run("INSERT INTO dbo.tipos (Fecha) VALUES ('20240202')").await;
    admin.run(&format!("CREATE USER {READER} FOR LOGIN {READER}")).await;
    admin.run(&format!("GRANT SELECT ON dbo.banco_datos TO {READER}")).await;
    admin
}

/// Columns of every type, and the expected text of a row of them.
const EXPECTED: [(&str, &str, &str); 23] = [
    ("c_tinyint tinyint", "255", "255"),
    ("c_bigint bigint", "-9223372036854775808", "-9223372036854775808"),
    ("c_bit bit", "1", "true"),
    ("c_money money", "922337203685477.5807", "922337203685477.5807"),
    ("c_smallmoney smallmoney", "-214748.3648", "-214748.3648"),
    (
        "c_dec38 decimal(38,0)",
        "99999999999999999999999999999999999999",
        "99999999999999999999999999999999999999",
    ),
    ("c_dec20 decimal(38,20)", "800000000", "800000000.00000000000000000000"),
    ("c_real real", "CAST(0.1 AS real)", "0.1"),
    ("c_float float", "1e300", "1e300"),
    ("c_date date", "'00010101'", "0001-01-01"),
    ("c_datetime datetime", "'2024-07-01T10:20:30.007'", "2024-07-01T10:20:30.007"),
    ("c_small smalldatetime", "'2024-07-01T10:20:00'", "2024-07-01T10:20:00"),
    ("c_datetime2 datetime2(6)", "'9999-12-31T23:59:59.999999'", "9999-12-31T23:59:59.999999"),
    (
        "c_offset datetimeoffset(7)",
        "'2024-07-01T05:00:00.0000001-05:00'",
        "2024-07-01T05:00:00.0000001-05:00",
    ),
    ("c_time time(3)", "'23:59:59.999'", "23:59:59.999"),
    (
        "c_guid uniqueidentifier",
        "'6F9619FF-8B86-D011-B42D-00C04FC964FF'",
        "6F9619FF-8B86-D011-B42D-00C04FC964FF",
    ),
    ("c_varchar varchar(20)", "'Nandu'", "Nandu"),
    ("c_latin varchar(20) COLLATE Modern_Spanish_CI_AS", "N'Ñandú €'", "Ñandú €"),
    ("c_nmax nvarchar(max)", "N'漢字 ñ'", "漢字 ñ"),
    ("c_bin varbinary(8)", "0x00FF", "0x00FF"),
    ("c_xml xml", "N'<a>1</a>'", "<a>1</a>"),
    ("c_variant sql_variant", "CAST(-5 AS int)", "-5"),
    ("c_geo geography", "geography::Point(2.9, -75.3, 4326)", "(tipo geography)"),
];

const TYPES: &str = "CREATE TABLE dbo.tipos (Fecha date)";

/// A table's rows through a slice, each of its columns under a name of the model.
async fn sliced(base: &ServerSettings, table: &str, real: &[&str]) -> Result<Collected, EngineError> {
    let mut settings = base.clone();
    settings.table.name = table.to_string();
    let names: Vec<&str> =
        COLUMNS.iter().map(|c| c.name).filter(|name| *name != "Fecha").take(real.len()).collect();
    settings.columns =
        names.iter().zip(real).map(|(name, real)| (name.to_string(), real.to_string())).collect();
    let (from, to) = (day(2000, 1, 1), day(2100, 1, 1));
    let stream = SqlServerEngine::new(settings).slice(&names, from, to, CancellationToken::new()).await?;
    gather(stream).await
}

fn kind(error: &EngineError) -> FaultKind {
    match error {
        EngineError::Server(fault) => fault.kind,
        other => panic!("no fault of the server: {other:?}"),
    }
}

async fn asked(engine: &SqlServerEngine, sql: &str) -> Result<Collected, EngineError> {
    gather(engine.query(&judged(sql), Limits::default(), CancellationToken::new()).await?).await
}

/// The failure of an answer, before or after its columns.
async fn failure(engine: &SqlServerEngine, sql: &str) -> EngineError {
    match asked(engine, sql).await {
        Err(error) => error,
        Ok(answer) => answer.error.expect("a failure"),
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_real_server() {
    let Some(settings) = given() else {
        println!("DEPOTRU_TEST_SQLSERVER is not set: nothing tested");
        return;
    };
    let mut admin = set_up(&settings).await;
    let engine = SqlServerEngine::new(settings.clone());
    server_and_rights(&engine, &settings).await;
    certificates(&settings).await;
    answers(&engine).await;
    types(&settings, &mut admin).await;
    failures(&engine, &settings, &mut admin).await;
    limits_and_cancels(&settings).await;
    killed(&settings, &mut admin).await;
}

fn reader(settings: &ServerSettings) -> ServerSettings {
    let login = Login::Password { user: READER.into(), password: READER_PASSWORD.into() };
    ServerSettings { login, ..settings.clone() }
}

async fn server_and_rights(engine: &SqlServerEngine, settings: &ServerSettings) {
    let seen = engine.inspect().await.expect("an inspection");
    println!("{} {}, {:?}", seen.version, seen.edition, seen.tls.protocol);
    assert!(!seen.version.is_empty() && seen.database == DATABASE && seen.updateable == Some(true));
    assert_eq!(seen.rights.level, RightsLevel::CanChange);
    assert_eq!(seen.columns.len(), COLUMNS.len());
    assert_eq!(seen.indexes.iter().map(|index| index.kind.as_str()).collect::<Vec<_>>(), ["HEAP"]);
    let reads = SqlServerEngine::new(reader(settings)).inspect().await.expect("an inspection");
    assert_eq!(reads.rights.level, RightsLevel::ReadOnly, "{:?}", reads.rights.findings);
    // A wrong name is a table that is not there, not a dangerous login.
    let mut nowhere = reader(settings);
    nowhere.table.name = "no_existe".into();
    let seen = SqlServerEngine::new(nowhere).inspect().await.expect("an inspection");
    assert_eq!((seen.rights.level, seen.columns.len()), (RightsLevel::ReadOnly, 0));
}

async fn certificates(settings: &ServerSettings) {
    let with = |trust| ServerSettings { tls: Tls::Required(trust), ..settings.clone() };
    let Err(EngineError::Server(fault)) = SqlServerEngine::new(with(TlsTrust::default())).inspect().await
    else {
        println!("the server's certificate is trusted by this machine");
        return;
    };
    println!("{:?}: {}", fault.kind, fault.detail);
    let seen = fault.certificate.expect("the certificate");
    let pin = TlsTrust { certificate_sha256: Some(seen.sha256), ..TlsTrust::default() };
    assert!(SqlServerEngine::new(with(pin)).inspect().await.is_ok());
    let other = TlsTrust { certificate_sha256: Some([1; 32]), ..TlsTrust::default() };
    let refused = SqlServerEngine::new(with(other)).inspect().await.expect_err("another certificate");
    assert_eq!(kind(&refused), FaultKind::TlsWrongPin);
}

async fn answers(engine: &SqlServerEngine) {
    let facts = engine.facts().await.expect("facts");
    assert_eq!((facts.rows, facts.span), (5000, Some((day(2024, 1, 1), day(2024, 12, 30)))));
    let brands = engine.column_values("marca", 100).await.expect("values");
    assert!(brands.values.values.len() == 7 && !brands.more);
    let answer =
        asked(engine, "SELECT marca, SUM(TotalMasIva) AS ventas FROM banco_datos GROUP BY marca").await;
    let answer = answer.expect("rows");
    assert_eq!((answer.rows, answer.error), (7, None));
    // The session reads dates as year, month, day, whatever its language.
    let answer = asked(engine, "SELECT MONTH(CAST('2025-02-01' AS datetime)) AS mes FROM banco_datos").await;
    assert_eq!(answer.expect("rows").text(0, 0).as_deref(), Some("2"));
}

async fn types(settings: &ServerSettings, admin: &mut Admin) {
    let mut there = Vec::new();
    for column in EXPECTED {
        let (declared, value, _) = column;
        let name = declared.split(' ').next().expect("a name");
        let added = admin.attempt(&format!("ALTER TABLE dbo.tipos ADD {declared}")).await;
        // Servers that only speak T-SQL have no types of CLR.
        if declared.ends_with("geography") && added.is_err() {
            println!("no geography: {added:?}");
            continue;
        }
        added.unwrap_or_else(|error| panic!("{declared}: {error}"));
        admin.run(&format!("UPDATE dbo.tipos SET {name} = {value}")).await;
        there.push(column);
    }
    let names: Vec<&str> = there.iter().filter_map(|(declared, ..)| declared.split(' ').next()).collect();
    let row = sliced(settings, "tipos", &names).await.expect("a row");
    assert_eq!((row.rows, row.error.clone()), (1, None));
    for (at, (declared, _, expected)) in there.iter().enumerate() {
        let shown = row.text(0, at).expect("a value");
        // Floats are written differently by different formatters.
        let same = shown == *expected || shown.parse::<f64>().ok() == expected.parse::<f64>().ok();
        assert!(same, "{declared}: {shown} instead of {expected}");
    }
    for name in &names {
        admin.run(&format!("UPDATE dbo.tipos SET {name} = NULL")).await;
    }
    let nulls = sliced(settings, "tipos", &names).await.expect("a row");
    assert!((0..names.len()).all(|at| nulls.text(0, at).is_none()));
    // Collations of UTF-8 came with SQL Server 2019.
    let known = "SELECT CAST(COLLATIONPROPERTY('Latin1_General_100_CI_AS_SC_UTF8', 'CodePage') AS int)";
    if admin.run(known).await.first().and_then(|row| row.get::<i32, _>(0)).is_some() {
        let declared = "c_utf8 varchar(20) COLLATE Latin1_General_100_CI_AS_SC_UTF8";
        admin.run(&format!("ALTER TABLE dbo.tipos ADD {declared}")).await;
        admin.run("UPDATE dbo.tipos SET c_utf8 = N'漢字 ñ €'").await;
        let row = sliced(settings, "tipos", &["c_utf8"]).await.expect("a row");
        assert_eq!(row.text(0, 0).as_deref(), Some("漢字 ñ €"));
    }
    // A long text is cut by the server, and marked.
    admin.run("UPDATE dbo.tipos SET c_nmax = REPLICATE(CAST(N'ñ' AS nvarchar(max)), 500000)").await;
    let long = sliced(settings, "tipos", &["c_nmax"]).await.expect("a row");
    assert!(long.text(0, 0).is_some_and(|text| text.ends_with("ñ…") && text.len() <= 64 * 1024 + 3));
    assert_eq!(long.notes.len(), 1);
}

async fn failures(engine: &SqlServerEngine, settings: &ServerSettings, admin: &mut Admin) {
    let by_number = |error: EngineError| match error {
        EngineError::Calculation { detail } => detail.split(':').next().unwrap_or_default().to_string(),
        other => panic!("{other:?}"),
    };
    let divided = failure(engine, "SELECT 1 / (VentaID - VentaID) AS x FROM banco_datos").await;
    assert_eq!(by_number(divided), "8134");
    assert_eq!(by_number(failure(engine, "SELECT CAST(marca AS int) AS x FROM banco_datos").await), "245");
    let overflow = "SELECT CAST(SUM(TotalMasIva) AS decimal(5,2)) AS x FROM banco_datos";
    assert_eq!(by_number(failure(engine, overflow).await), "8115");
    assert_eq!(kind(&failure(engine, "SELECT no_existe FROM banco_datos").await), FaultKind::NoColumn);
    let missing = sliced(settings, "no_existe", &["VentaID"]).await.expect_err("no table");
    assert_eq!(kind(&missing), FaultKind::NoTable);
    let forbidden = sliced(&reader(settings), "grande", &["VentaID"]).await.expect_err("no right");
    assert_eq!(kind(&forbidden), FaultKind::Forbidden);
    let wrong = Login::Password { user: READER.into(), password: "otra".into() };
    let wrong = ServerSettings { login: wrong, ..settings.clone() };
    let refused = SqlServerEngine::new(wrong).facts().await.expect_err("a refusal");
    assert_eq!(kind(&refused), FaultKind::WrongPassword);
    let elsewhere = ServerSettings { database: "no_existe_esta".into(), ..settings.clone() };
    let refused = SqlServerEngine::new(elsewhere).facts().await.expect_err("a refusal");
    assert_eq!(kind(&refused), FaultKind::NoDatabase);
    // Somebody changes the table's structure, which readers wait for whatever their isolation.
    let mut quick = settings.clone();
    quick.times.lock = Duration::from_millis(300);
    admin.run("BEGIN TRANSACTION; ALTER TABLE dbo.banco_datos ADD sobra int").await;
    let locked = failure(&SqlServerEngine::new(quick), "SELECT SUM(TotalMasIva) AS v FROM banco_datos").await;
    admin.run("ROLLBACK TRANSACTION").await;
    assert_eq!(kind(&locked), FaultKind::LockTimeout);
}

/// The million lines, read as a slice.
async fn million(
    settings: &ServerSettings,
) -> (SqlServerEngine, depotru::engine::QueryStream, CancellationToken) {
    let mut settings = settings.clone();
    settings.table.name = "grande".into();
    let (engine, cancel) = (SqlServerEngine::new(settings), CancellationToken::new());
    let (from, to) = (day(2000, 1, 1), day(2100, 1, 1));
    let stream = engine.slice(&["VentaID", "marca"], from, to, cancel.clone()).await.expect("rows");
    (engine, stream, cancel)
}

async fn limits_and_cancels(settings: &ServerSettings) {
    let engine = SqlServerEngine::new(settings.clone());
    let few = Limits { max_rows: 100, ..Limits::default() };
    for _ in 0..3 {
        let start = Instant::now();
        let stream = engine.query(&judged("SELECT * FROM banco_datos"), few, CancellationToken::new()).await;
        let answer = gather(stream.expect("rows")).await.expect("rows");
        assert!(answer.rows == 100 && answer.truncated && answer.error.is_none());
        assert!(start.elapsed() < Duration::from_secs(2));
    }
    let (engine, mut stream, cancel) = million(settings).await;
    assert!(matches!(stream.chunks.next().await, Some(Ok(Chunk::Rows(_)))));
    let start = Instant::now();
    cancel.cancel();
    while !matches!(stream.chunks.next().await, Some(Err(EngineError::Cancelled))) {}
    assert!(start.elapsed() < Duration::from_secs(1));
    drop(stream);
    // Free again; or, where the server goes on although told to stop, closed.
    let (free, closed) = (PoolState { connections: 1, idle: 1 }, PoolState::default());
    while ![free, closed].contains(&engine.pool_state()) {
        assert!(start.elapsed() < Duration::from_secs(6), "{:?}", engine.pool_state());
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    println!("cancelled, and after {:?}: {:?}", start.elapsed(), engine.pool_state());
    assert_eq!(engine.facts().await.expect("facts").rows, 1_000_000);
    let (_, stream, _) = million(settings).await;
    let start = Instant::now();
    let rows = gather(stream).await.expect("rows");
    assert_eq!((rows.rows, rows.error), (1_000_000, None));
    println!("a million rows in {:?}", start.elapsed());
}

async fn killed(settings: &ServerSettings, admin: &mut Admin) {
    let mut named = settings.clone();
    named.application = Some("matar".into());
    let (_engine, mut stream, _cancel) = million(&named).await;
    assert!(matches!(stream.chunks.next().await, Some(Ok(Chunk::Rows(_)))));
    let sessions = admin
        .run("SELECT CAST(session_id AS int) FROM sys.dm_exec_sessions WHERE program_name LIKE 'depotru/%/matar'")
        .await;
    let session = sessions.first().and_then(|row| row.get::<i32, _>(0)).expect("a session");
    admin.run(&format!("KILL {session}")).await;
    let rest = gather(stream).await.expect("what came before");
    assert_eq!(rest.error.as_ref().map(kind), Some(FaultKind::Lost));
}
