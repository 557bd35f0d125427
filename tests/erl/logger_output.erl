%% The logger: levels, metadata, formatters, filters, handlers, crash and supervisor reports through a formatter without times.
-module(logger_output).
-include_lib("kernel/include/logger.hrl").
-export([main/1, log/2, adding_handler/1]).

main(_) ->
    logger:set_primary_config(level, debug),
    logger:remove_handler(default),
    ok = logger:add_handler(mine, ?MODULE, #{config => #{to => self()}, formatter => {logger_formatter, #{template => [level, ": ", msg, " ", {mfa, [mfa], ["-"]}, " ", my_key], single_line => true}}}),
    [logger:log(L, "level ~p", [L]) || L <- [emergency, alert, critical, error, warning, notice, info, debug]], show(8),
    ?LOG_ERROR("macro ~s", ["here"]), ?LOG_INFO(#{what => report, n => 1}), ?LOG_NOTICE("with meta", #{my_key => "meta"}), ?LOG_WARNING("~p", [x], #{my_key => val}), show(4),
    logger:error("plain string"), logger:error([{key, value}, {other, "text"}]), logger:error(#{a => 1, b => [2]}), logger:error("~s", [bad | args]), logger:info(fun(X) -> {"lazy ~p", [X]} end, arg), show(5),
    error_logger:error_msg("old ~p~n", [style]), error_logger:info_report([{a, 1}, b]), error_logger:warning_report(some_type, "text"), show(3),
    logger:set_primary_config(level, warning), logger:info("dropped"), logger:error("kept"), show(1), show(0), t:show(logger:allow(info, ?MODULE)), logger:set_module_level(?MODULE, debug), ?LOG_DEBUG("by module level"), show(1), t:show(logger:get_module_level(?MODULE)), logger:unset_module_level(),
    logger:set_primary_config(level, all), logger:add_primary_filter(f, {fun(#{level := debug}, stop) -> stop; (E, _) -> E end, stop}), logger:debug("filtered"), logger:info("not filtered"), show(1), show(0), logger:remove_primary_filter(f),
    logger:set_handler_config(mine, level, error), logger:warning("below the handler"), logger:error("at the handler"), show(1), show(0), logger:set_handler_config(mine, level, all),
    logger:update_process_metadata(#{my_key => procmeta}), logger:info("process"), show(1), t:show(logger:get_process_metadata()), logger:unset_process_metadata(),
    t:show(logger:compare_levels(error, info)), t:show(maps:get(level, logger:get_primary_config())), t:show([maps:get(id, H) || H <- logger:get_handler_config()]), t:show(logger:get_handler_ids()), t:show([t:try_it(fun() -> logger:set_primary_config(level, bad) end), logger:add_handler(mine, ?MODULE, #{}), logger:remove_handler(none), logger:set_handler_config(none, level, info)]),
    logger:set_handler_config(mine, formatter, {logger_formatter, #{template => [level, "|", msg, "\n"], depth => 20, max_size => 330}}),
    spawn(fun() -> error(reported_by_vm) end), show_kind(1), proc_lib:spawn(fun() -> exit(crash_report) end), show_kind(1), spawn(fun() -> exit(silent) end), show(0).

adding_handler(C) -> {ok, C}.
log(E, #{formatter := {M, C}, config := #{to := To}}) -> To ! {logged, unicode:characters_to_list(M:format(E, C))}, ok.
show(0) -> receive {logged, X} -> t:show({unexpected, X}) after 50 -> ok end;
show(N) -> receive {logged, X} -> io:format("~ts~n", [X]) after 1000 -> t:show(nothing) end, N > 1 andalso show(N - 1).
show_kind(_) -> receive {logged, X} -> io:format("~ts~n", [re:replace(X, "<[0-9]+\\.[0-9]+\\.[0-9]+>", "<pid>", [global, {return, list}, unicode])]) after 1000 -> t:show(nothing) end.
