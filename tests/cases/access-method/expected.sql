CREATE ACCESS METHOD missing TYPE TABLE HANDLER heap_tableam_handler;
CREATE ACCESS METHOD changed TYPE INDEX HANDLER bthandler;
COMMENT ON ACCESS METHOD changed IS 'A tree under another name.';
