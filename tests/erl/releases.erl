%% A release is upgraded and downgraded by release_handler: two versions of an application, an appup, a relup made by systools,
%% install, make permanent, back again, remove; and an upgrade whose code_change fails.
-module(releases).
-export([main/1]).

main(_) ->
    {ok, Root} = file:get_cwd(),
    [make_app(Root, V) || V <- ["1.0", "2.0", "3.0"]],
    [make_release(Root, V) || V <- ["1", "2", "3"]],
    [make_relup(Root, V) || V <- ["2", "3"]],
    ok = application:load(sasl),
    ok = application:set_env(sasl, releases_dir, Root ++ "/releases"),
    ok = release_handler:create_RELEASES(Root, Root ++ "/releases", Root ++ "/releases/r1.rel", dirs(Root, "1.0")),
    ok = application:start(sasl),
    true = code:add_patha(ebin(Root, "1.0")),
    ok = application:start(demo),
    releases(),
    call(),
    [ok = release_handler:install_file("1", F) || F <- tl(files(Root, "1"))],
    {ok, "2"} = release_handler:set_unpacked(Root ++ "/releases/r2.rel", dirs(Root, "2.0")),
    [ok = release_handler:install_file("2", F) || F <- files(Root, "2")],
    t:show(release_handler:check_install_release("2")),
    t:show(release_handler:install_release("2")),
    releases(),
    call(),
    t:show(lists:keyfind(demo, 1, application:which_applications())),
    t:show(filename:basename(code:lib_dir(demo))),
    t:show(release_handler:make_permanent("2")),
    t:show(release_handler:install_release("1")),
    releases(),
    call(),
    t:show(lists:keyfind(demo, 1, application:which_applications())),
    t:show(release_handler:install_release("9")),
    t:show(release_handler:make_permanent("1")),
    t:show(release_handler:remove_release("1")),
    t:show(release_handler:remove_release("2")),
    releases(),
    [make_app(Root, V) || V <- ["1.0", "2.0", "3.0"]],
    by_application(Root).

releases() ->
    t:show([{Name, Vsn, lists:sort([L || "demo" ++ _ = L <- Libs]), Status} ||
        {Name, Vsn, Libs, Status} <- lists:sort(release_handler:which_releases())]).

call() -> t:show({gen_server:call(demo_server, add), sys:get_state(demo_server)}).

%% Without a release: from an application's appup alone, there and back.
by_application(Root) ->
    t:show(t:try_it(fun() -> release_handler:upgrade_app(demo, lib(Root, "2.0")) end)),
    call(),
    t:show(t:try_it(fun() -> release_handler:downgrade_app(demo, "1.0", lib(Root, "1.0")) end)),
    call(),
    t:show(t:try_it(fun() -> release_handler:upgrade_app(demo, Root ++ "/nothing") end)),
    {'EXIT', {code_change_failed, _, Module, From, Why}} = release_handler:upgrade_app(demo, lib(Root, "3.0")),
    t:show({code_change_failed, Module, From, Why}).

lib(Root, V) -> Root ++ "/lib/demo-" ++ V.
ebin(Root, V) -> lib(Root, V) ++ "/ebin".
dirs(Root, V) -> [{demo, V, Root ++ "/lib"}].
files(Root, V) -> [filename:join([Root, "made", V, F]) || F <- ["relup", "start.boot", "sys.config"]].

%% The newer one knows the way back.
code("1.0") -> "handle_call(add, _, N) -> {reply, N + 1, N + 1}. code_change(_, S, _) -> {ok, S}.";
code("2.0") -> "handle_call(add, _, {count, N, W}) -> {reply, {N + 1}, {count, N + 1, W}}. "
    "code_change({down, _}, {count, N, up}, back) -> {ok, N}; code_change(_, N, W) -> {ok, {count, N, W}}.";
code("3.0") -> "handle_call(add, _, S) -> {reply, S, S}. code_change(_, _, _) -> exit(cannot).".

make_app(Root, V) ->
    Ebin = ebin(Root, V),
    ok = filelib:ensure_dir(Ebin ++ "/x"),
    Server = "-module(demo_server). -vsn(\"" ++ V ++ "\"). -behaviour(gen_server). -compile(export_all). -compile(nowarn_export_all). "
        "start_link() -> gen_server:start_link({local, demo_server}, demo_server, [], []). init([]) -> {ok, 0}. "
        "handle_cast(_, S) -> {noreply, S}. " ++ code(V),
    Sup = "-module(demo_sup). -behaviour(supervisor). -export([start/2, stop/1, init/1]). "
        "start(_, _) -> supervisor:start_link({local, demo_sup}, demo_sup, []). stop(_) -> ok. "
        "init([]) -> {ok, {#{}, [#{id => demo_server, start => {demo_server, start_link, []}, modules => [demo_server]}]}}.",
    [compile(Ebin, Text) || Text <- [Server, Sup]],
    write(Ebin ++ "/demo.app", {application, demo, [{vsn, V}, {modules, [demo_server, demo_sup]}, {registered, [demo_server, demo_sup]},
        {applications, [kernel, stdlib]}, {mod, {demo_sup, []}}, {description, "demo"}]}),
    V =:= "1.0" orelse write(Ebin ++ "/demo.appup", {V, [{"1.0", [{update, demo_server, {advanced, up}}]}],
        [{"1.0", [{update, demo_server, {advanced, back}}]}]}).

compile(Ebin, Text) ->
    {ok, Tokens, _} = erl_scan:string(Text),
    {ok, Module, Beam} = compile:forms(forms(Tokens, [])),
    ok = file:write_file(filename:join(Ebin, atom_to_list(Module) ++ ".beam"), Beam).

forms([], []) -> [];
forms([{dot, _} = Dot | Rest], Form) ->
    {ok, Parsed} = erl_parse:parse_form(lists:reverse([Dot | Form])),
    [Parsed | forms(Rest, [])];
forms([Token | Rest], Form) -> forms(Rest, [Token | Form]).

write(File, Term) -> ok = file:write_file(File, io_lib:format("~p.~n", [Term])).

make_release(Root, V) ->
    Version = fun(App) -> application:load(App), {ok, Vsn} = application:get_key(App, vsn), Vsn end,
    Apps = [{kernel, Version(kernel)}, {stdlib, Version(stdlib)}, {sasl, Version(sasl)}, {demo, V ++ ".0"}],
    application:unload(sasl),
    Rel = filename:join([Root, "releases", "r" ++ V]),
    ok = filelib:ensure_dir(Rel),
    ok = filelib:ensure_dir(filename:join([Root, "releases", V, "x"])),
    ok = filelib:ensure_dir(filename:join([Root, "made", V, "x"])),
    write(Rel ++ ".rel", {release, {"the release", V}, {erts, erlang:system_info(version)}, Apps}),
    {ok, _, []} = systools:make_script(Rel, [silent, {path, [ebin(Root, V ++ ".0")]}, {outdir, filename:join([Root, "made", V])}]),
    file:rename(filename:join([Root, "made", V, "r" ++ V ++ ".boot"]), filename:join([Root, "made", V, "start.boot"])),
    write(filename:join([Root, "made", V, "sys.config"]), []).

make_relup(Root, V) ->
    Rel = fun(N) -> filename:join([Root, "releases", "r" ++ N]) end,
    {ok, Relup, _, []} = systools:make_relup(Rel(V), [Rel("1")], [Rel("1")], [silent, {path, [ebin(Root, V ++ ".0"), ebin(Root, "1.0")]},
        {outdir, filename:join([Root, "made", V])}]),
    t:show(Relup).
